"""What messages look like: they wear the header and the colours of the newsletter that somebody will get.

This floor knows no newsletters. The one above says here, once and when the program starts, what a list's look is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from subscribers import languages
from subscribers.models import MailingList


@dataclass(frozen=True, slots=True)
class MessageLogo:
    url: str  # whole: it is fetched by mail programs
    width: int  # CSS pixels
    alt: str


@dataclass(frozen=True, slots=True)
class MessageLook:
    name: str = ""  # beside the logo; empty when there is nothing to say
    logo: MessageLogo | None = None
    colour: str = "#1F3A5F"
    background: str = "#EEF0F2"
    text_font: str = ""
    heading_font: str = ""


Source = Callable[[MailingList | None, str], MessageLook]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what finds the look of a list's messages in a language; without a list, the institute's own."""
    _sources[:] = [source]


def look_of(mailing_list: MailingList | None, language: str) -> MessageLook:
    if _sources:
        return _sources[0](mailing_list, language)
    faces = languages.layout(language)["faces"]
    return MessageLook(mailing_list.name if mailing_list else "", text_font=faces, heading_font=faces)
