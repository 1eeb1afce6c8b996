"""A reader as a mail needs them: plain values, and what goes into each slot for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lib.characters import one_line
from lib.directions import Direction, isolated
from newsletters.rendering import attributes, merge, slots
from newsletters.rendering.content import EditionContent
from newsletters.rendering.dates import long_date
from newsletters.rendering.slots import Field, Slot
from subscribers import languages, tokens
from subscribers.links import preferences_url, stay_link, unsubscribe_link, unsubscribe_token
from subscribers.tokens import Purpose

NO_VALUES: Mapping[str, object] = MappingProxyType({})


class Recipient(NamedTuple):  # which is made four times as fast as a frozen dataclass
    id: int
    email: str
    name: str
    asked_on: date  # when they asked for the list
    topics: tuple[str, ...] = ()  # the names of those they chose; none: everything
    attributes: Mapping[str, object] = NO_VALUES  # by key; read only where the edition uses one


def values(
    table: Sequence[Slot], recipient: Recipient, content: EditionContent, date: datetime | None = None
) -> list[str]:
    """What goes into each slot, unescaped. Control characters cannot occur: names lose them at the door and here.
    `date` is when the mail is written; a preview has none."""
    return [_value(field, fallback, recipient, content, date) for field, fallback in table]


def _value(field: str, fallback: str, recipient: Recipient, content: EditionContent, written: datetime | None) -> str:
    match field:
        case Field.NAME | Field.FIRST_NAME:
            name = one_line(recipient.name)
            return (name.partition(" ")[0] if field == Field.FIRST_NAME else name) or fallback
        case Field.NAME_IN_LINK | Field.FIRST_NAME_IN_LINK:
            plain = Field.NAME if field == Field.NAME_IN_LINK else Field.FIRST_NAME
            return merge.quoted(_value(plain, fallback, recipient, content, written))
        case Field.UNSUBSCRIBE | Field.STAY:
            token = unsubscribe_token(recipient.id, content.list_id, content.edition_id, written)
            return unsubscribe_link(token) if field == Field.UNSUBSCRIBE else stay_link(token)
        case Field.PREFERENCES:
            return preferences_url(recipient.id, written)
        case Field.REASON:
            return reason(recipient.asked_on, recipient.topics, content)
        case _ if slots.attribute_key(field):
            value = _attribute_value(field, fallback, recipient, content)
        case _:
            value = tokens.make(Purpose.READER, recipient.id, content.edition_id)
    return value


def _attribute_value(field: str, fallback: str, recipient: Recipient, content: EditionContent) -> str:
    key = slots.attribute_key(field)
    attribute = next(each for each in content.attributes if each.key == key)
    value = attributes.words_of(attribute, recipient.attributes, content.language) or fallback
    return merge.quoted(value) if slots.is_in_link(field) else value


def as_sample(recipient: Recipient, content: EditionContent) -> Recipient:
    """The same with a value for each attribute that the edition uses: for previews and test mails."""
    return recipient._replace(attributes=attributes.sample_values(content)) if content.attributes else recipient


def reason(asked_on: date, topics: tuple[str, ...], content: EditionContent) -> str:
    """Why you get this, in one sentence, in the language of the edition."""
    sentence = _sentence(content.language, content.cadence, content.weekdays, bool(topics))
    words = {"date": _day(asked_on, content.language), "list": isolated(content.list_name, sentence.direction)}
    return sentence.write(words, topics)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The sentence in one language and for one rhythm, waiting for what differs from reader to reader."""

    words: str
    often: str
    comma: str
    direction: Direction

    def write(self, words: dict[str, str], topics: tuple[str, ...]) -> str:
        named = self.comma.join([isolated(topic, self.direction) for topic in topics])
        return self.words % (words | {"often": self.often, "topics": named})


@lru_cache(maxsize=256)
def _sentence(language: str, cadence: str, weekdays: tuple[int, ...], with_topics: bool) -> _Sentence:
    with override(language):
        often = how_often(cadence, weekdays)
        if often and with_topics:
            words = _("You signed up on %(date)s to get %(list)s %(often)s. Topics: %(topics)s.")
        elif often:
            words = _("You signed up on %(date)s to get %(list)s %(often)s.")
        elif with_topics:
            words = _("You signed up on %(date)s to get %(list)s. Topics: %(topics)s.")
        else:
            words = _("You signed up on %(date)s to get %(list)s.")
        return _Sentence(words, often, pgettext("between two names", ", "), languages.language(language).direction)


def how_often(cadence: str, weekdays: tuple[int, ...]) -> str:
    """“every weekday”, “on Monday and Thursday”, “once a month”; empty when there is no rhythm to promise."""
    if cadence == "monthly":
        return _("once a month")
    if cadence != "weekly" or not weekdays:
        return ""
    if len(weekdays) == 7:
        return _("every day")
    if weekdays == (1, 2, 3, 4, 5):
        return _("every weekday")
    names = [str(WEEKDAYS[day - 1]) for day in weekdays]
    if len(names) == 1:
        return _("every %(day)s") % {"day": names[0]}
    *others, last = names
    days = pgettext("between two names", ", ").join(others) + pgettext("between the last two names", " and ") + last
    return _("on %(days)s") % {"days": days}


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    """Readers share the days on which they asked, and Django's date_format takes longer than the rest of a mail."""
    with override(language):
        return long_date(day)
