"""What the sign-up page of one list says besides its name and description: a picture and texts.

This floor knows neither pictures nor how texts are written. The one above says here, once and when the program starts,
how to find them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from subscribers import languages
from subscribers.models import MailingList

NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class ListPage:
    heading: str = ""  # instead of the name of the list
    text: SafeString = NOTHING
    picture: SafeString = NOTHING
    written_in: str = ""  # the language of these words; empty when nobody said


Source = Callable[[MailingList, str], ListPage]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Register what finds the page of a list for the readers of a language."""
    _sources[:] = [source]


def page_of(mailing_list: MailingList) -> ListPage:
    return _sources[0](mailing_list, languages.spoken()) if _sources else ListPage()
