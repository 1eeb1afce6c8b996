"""What this floor knows of the institute: its name, its pages that forms and messages link (privacy notice, imprint),
and its time zone.

All of it is kept above. The one above says here, once and when the program starts, how to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

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


Zone = Callable[[], tzinfo]
_zones: list[Zone] = []


def register_zone(zone: Zone) -> None:
    """Register what knows in which time zone the institute says a day and a time."""
    _zones[:] = [zone]


def institute_zone() -> tzinfo:
    return _zones[0]() if _zones else UTC


Name = Callable[[], str]
_names: list[Name] = []


def register_name(name: Name) -> None:
    """Register what knows the name under which the institute asks for consent."""
    _names[:] = [name]


def institute_name() -> str:
    return _names[0]() if _names else ""


def privacy_notice(request: HttpRequest | None) -> InstitutePage | None:
    """The one to link in a form, in the language of what is being made now; none before it is written."""
    return next((page for page in _find(request, languages.spoken()) if page.kind == PRIVACY), None)


def mailed_pages(code: str) -> list[InstitutePage]:
    """Those that stand at the end of every mail, for its language."""
    return [page for page in _find(None, code) if page.kind in (IMPRINT, PRIVACY)]
