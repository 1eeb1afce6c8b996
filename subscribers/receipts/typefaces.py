"""Which typefaces a PDF may use. The one above this floor serves typefaces, and says here where their files lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Source = Callable[[], Sequence[Path]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what names the files, of which the first has the Latin alphabet and each further one adds letters."""
    _sources[:] = [source]


def typeface_files() -> Sequence[Path]:
    """Raises LookupError when nobody has said."""
    if not _sources:
        raise LookupError("No typefaces were registered for PDFs.")
    return _sources[0]()
