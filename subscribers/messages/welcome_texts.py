"""The institute's own words in the welcome of a list. This floor doesn't know how texts are written; the one above says
here, once and when the program starts, how to find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from subscribers.models import MailingList


@dataclass(frozen=True, slots=True)
class WelcomeText:
    subject: str  # empty: the usual one
    html: SafeString  # sanitised, with whole addresses; empty: the usual words
    text: str


Source = Callable[[MailingList, str], WelcomeText | None]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what finds a list's own words for the readers of a language; None where it has none."""
    _sources[:] = [source]


def welcome_text_of(mailing_list: MailingList, language: str) -> WelcomeText | None:
    return _sources[0](mailing_list, language) if _sources else None
