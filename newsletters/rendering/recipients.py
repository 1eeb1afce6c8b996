"""A reader as a mail needs them: plain values, and what goes into each slot for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from newsletters.rendering.content import EditionContent
from newsletters.rendering.dates import long_date
from newsletters.rendering.slots import Field, Slot
from subscribers.links import preferences_url, unsubscribe_url


@dataclass(frozen=True, slots=True)
class Recipient:
    id: int
    email: str
    name: str
    asked_on: date  # when they asked for the list
    topics: tuple[str, ...] = ()  # the names of those they chose; none: everything


def values(slots: Sequence[Slot], recipient: Recipient, content: EditionContent) -> list[str]:
    """What goes into each slot, unescaped. Control characters cannot occur: names lose them at the door and here."""
    return [_value(field, fallback, recipient, content) for field, fallback in slots]


def _value(field: Field, fallback: str, recipient: Recipient, content: EditionContent) -> str:
    match field:
        case Field.NAME:
            return one_line(recipient.name) or fallback
        case Field.FIRST_NAME:
            return (one_line(recipient.name).split() or [fallback])[0]
        case Field.UNSUBSCRIBE:
            return unsubscribe_url(recipient.id, content.list_id, content.edition_id)
        case Field.PREFERENCES:
            return preferences_url(recipient.id)
        case Field.REASON:
            return reason(recipient, content)


def reason(recipient: Recipient, content: EditionContent) -> str:
    """Why you get this, in one sentence."""
    asked = _asked(recipient.asked_on, get_language() or "")
    if recipient.topics:
        return _("You asked on %(date)s for %(list)s, on: %(topics)s.") % {
            "date": asked,
            "list": content.list_name,
            "topics": ", ".join(recipient.topics),
        }
    return _("You asked on %(date)s for %(list)s.") % {"date": asked, "list": content.list_name}


@lru_cache(maxsize=4096)
def _asked(day: date, language: str) -> str:
    """Readers share the days on which they asked, and Django's date_format takes longer than the rest of a mail."""
    return long_date(day)


def one_line(text: str) -> str:
    """Without control characters, so that no name can begin a header or a line of SMTP."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
