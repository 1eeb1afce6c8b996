"""What a list sent last, as a sample for somebody who thinks of subscribing.

This floor knows no editions. The one above says here, once and when the program starts, how to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from subscribers.models import MailingList


@dataclass(frozen=True)
class SampleEdition:
    """The newest edition of a list that everybody may read."""

    title: str
    path: str  # in the installation's own language
    date: date
    language: str
    sender: str  # the address that it came from
    picture: str = ""  # the path of a small one, of its first article that has any
    headlines: tuple[str, ...] = ()  # after the one that gives it its title
    often: str | Promise = ""  # in the language in which it is shown; empty when there is no rhythm to promise


Source = Callable[[Iterable[MailingList]], Mapping[int, SampleEdition]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what finds the sample of each list, by list id; a list that sent nothing yet is left out."""
    _sources[:] = [source]


def find_samples(lists: Iterable[MailingList]) -> Mapping[int, SampleEdition]:
    return _sources[0](lists) if _sources else {}
