"""The institute's own words in the welcome of a list, or a whole email of its own instead. This floor knows neither how
texts are written nor how editions are; the one above says here, once and when the program starts, how to find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from mail.writing.message import Mail
from subscribers.models import MailingList, Subscriber, Subscription


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


Writer = Callable[[Subscriber, Subscription, datetime], Mail | None]
_writers: list[Writer] = []


def register_writer(writer: Writer) -> None:
    """Register what writes the whole email for a person who joined one list, at that moment; None where the list has
    none, or none for this person."""
    _writers[:] = [writer]


def whole_welcome_for(person: Subscriber, subscription: Subscription, written: datetime) -> Mail | None:
    return _writers[0](person, subscription, written) if _writers else None
