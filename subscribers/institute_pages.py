"""The institute's own pages, as forms and messages link them: the privacy notice and the imprint.

This floor knows no pages. The one above says here, once and when the program starts, how to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from subscribers import languages

PRIVACY, IMPRINT = "privacy", "imprint"


@dataclass(frozen=True, slots=True)
class InstitutePage:
    """A public page, for somebody who reads a certain language."""

    kind: str
    title: str
    path: str
    written_in: str  # the language of its title


Source = Callable[[HttpRequest | None, str], Sequence[InstitutePage]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what finds the pages for the readers of a language; with a request, read once for many of them."""
    _sources[:] = [source]


def _find(request: HttpRequest | None, code: str) -> Sequence[InstitutePage]:
    return _sources[0](request, code) if _sources else ()


def privacy_notice(request: HttpRequest | None) -> InstitutePage | None:
    """The one to link in a form, in the language of what is being made now; none before it is written."""
    return next((page for page in _find(request, languages.spoken()) if page.kind == PRIVACY), None)


def mailed_pages(code: str) -> list[InstitutePage]:
    """Those that stand at the end of every mail, for its language."""
    return [page for page in _find(None, code) if page.kind in (IMPRINT, PRIVACY)]
