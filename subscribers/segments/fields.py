"""What a condition can be about, and in which ways: a register, since floors above know more about people (what they
were sent) than this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.characters import one_line
from subscribers.attributes.values import EARLIEST
from subscribers.institute import institute_zone
from subscribers.models import Subscriber
from subscribers.segments.rules import BadRule, Condition, Scalar

MOST_DAYS = 36_500


class Takes(StrEnum):
    """What is entered beside an operator."""

    NOTHING = "nothing"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DAYS = "days"
    CHOICE = "choice"


Words = str | Promise


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    words: Words
    takes: Takes = Takes.TEXT


IS = Operator("is", gettext_lazy("is"))
IS_NOT = Operator("is_not", gettext_lazy("is not"))
IS_CHOICE = Operator("is", gettext_lazy("is"), Takes.CHOICE)
IS_NOT_CHOICE = Operator("is_not", gettext_lazy("is not"), Takes.CHOICE)
EMPTY = Operator("empty", gettext_lazy("is empty"), Takes.NOTHING)
NOT_EMPTY = Operator("not_empty", gettext_lazy("is not empty"), Takes.NOTHING)
BEFORE = Operator("before", gettext_lazy("is before"), Takes.DATE)
AFTER = Operator("after", gettext_lazy("is after"), Takes.DATE)
IN_LAST = Operator("in_last", gettext_lazy("is in the last … days"), Takes.DAYS)
NOT_IN_LAST = Operator("not_in_last", gettext_lazy("is not in the last … days"), Takes.DAYS)


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition at one moment, its value checked. Days begin and end in the institute's time zone, whatever zone is
    active: a page in the viewer's zone counts the people a worker in UTC sends to."""

    operator: str
    value: Scalar
    now: datetime
    zone: Callable[[], tzinfo] = institute_zone  # read where a day matters

    @property
    def text(self) -> str:
        return str(self.value)

    @property
    def number(self) -> int:
        return int(self.value or 0)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.zone())

    def start_of(self, day: date) -> datetime:
        return timezone.make_aware(datetime.combine(day, time.min), self.zone())

    def end_of(self, day: date) -> datetime:
        """The first moment of the day after it."""
        return self.start_of(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)

    @property
    def first_day(self) -> date:
        """Of the last so many days, today included."""
        return self.today - timedelta(days=self.number - 1)


Choices = Sequence[tuple[Scalar, str]]


PERSON = gettext_lazy("Person")


def no_choices() -> Choices:
    return ()


@dataclass(frozen=True, slots=True)
class RuleField:
    """`condition` holds of a person or does not, and is never unknown. `told` says a person's own value in words; empty
    where they have none."""

    name: str
    words: Words
    operators: tuple[Operator, ...]
    condition: Callable[[Asked], Q]
    told: Callable[[Subscriber], str]
    choices: Callable[[], Choices] = no_choices
    # Of a value that was typed or stored: as it is stored, None for nothing. Raises `BadRule`.
    parse: Callable[[Scalar], Scalar] | None = None
    group: Words = PERSON  # under which a menu lists it

    def operator(self, name: str) -> Operator:
        found = next((each for each in self.operators if each.name == name), None)
        if found is None:
            raise BadRule(
                _("“%(field)s” can't be compared by “%(operator)s”.") % {"field": self.words, "operator": name}
            )
        return found


Source = Callable[[], Iterable[RuleField]]
_sources: list[Source] = []
_further: list[Source] = []  # of the floors above, whatever app starts first


def register_source(source: Source) -> None:
    """Register what gives fields; it is asked each time, since an attribute may be new."""
    if source not in _sources:
        _sources.append(source)


def register_further(source: Source) -> None:
    """The same for a floor above: a menu lists its fields at the end."""
    if source not in _further:
        _further.append(source)


@dataclass
class Vocabulary:
    """The fields as they are now, and the choices of each as far as they were asked. Made anew for each rule or page:
    a list or an attribute may be new."""

    _choices: dict[str, Choices] = field(default_factory=dict)

    @cached_property
    def zone(self) -> tzinfo:
        """The institute's, read once."""
        return institute_zone()

    @cached_property
    def fields(self) -> Mapping[str, RuleField]:
        return {each.name: each for source in (*_sources, *_further) for each in source()}

    def field(self, name: str) -> RuleField:
        found = self.fields.get(name)
        if found is None:
            raise BadRule(_("There is no field “%s” any more. Change or remove this condition.") % name)
        return found

    def choices(self, name: str) -> Choices:
        if name not in self._choices:
            self._choices[name] = self.field(name).choices()
        return self._choices[name]

    def check(self, condition: Condition) -> Condition:
        """The condition with its value as it is stored. Raises `BadRule` where the field, the operator or the value is
        not there, or not any more."""
        asked = self.field(condition.field)
        operator = asked.operator(condition.operator)
        return Condition(asked.name, operator.name, self._value(asked, operator, condition.value))

    def _value(self, asked: RuleField, operator: Operator, value: Scalar) -> Scalar:
        match operator.takes:
            case Takes.NOTHING:
                return None
            case Takes.DAYS:
                return _days(asked, value)
            case Takes.CHOICE:
                return self._choice(asked, value)
            case Takes.DATE if asked.parse is None:
                return _date(asked, value)
        stored = asked.parse(value) if asked.parse else one_line(str("" if value is None else value))
        if stored is None or stored == "":
            raise BadRule(_("“%s” needs a value to compare with.") % asked.words)
        return stored

    def _choice(self, asked: RuleField, value: Scalar) -> Scalar:
        """By what is stored, or as a form sends it: as text."""
        for known, _words in self.choices(asked.name):
            if isinstance(value, bool) and not isinstance(known, bool):
                continue  # to Python, True is the list number 1
            if value == known or (value is not None and str(value) == str(known)):
                return known
        if value is None or value == "":
            raise BadRule(_("Choose a value for “%s”.") % asked.words)
        raise BadRule(
            _("What “%s” is compared with isn't there any more. Change or remove this condition.") % asked.words
        )

    def value_in_words(self, condition: Condition) -> str:
        """What it compares with; empty where it compares with nothing."""
        asked = self.field(condition.field)
        operator = asked.operator(condition.operator)
        if operator.takes == Takes.CHOICE:
            return next((words for known, words in self.choices(asked.name) if known == condition.value), "?")
        if operator.takes == Takes.DATE:
            return date_format(date.fromisoformat(str(condition.value)), "DATE_FORMAT")
        return "" if condition.value is None else str(condition.value)

    def in_words(self, condition: Condition) -> str:
        """“City is not Oslo”."""
        asked = self.field(condition.field)
        operator = asked.operator(condition.operator)
        value = self.value_in_words(condition)
        if operator.takes == Takes.DAYS:
            days = int(condition.value or 0)
            lasting = ngettext("the last %d day", "the last %d days", days) % days
            not_ = operator.name.startswith("not")
            words = _("%(field)s is not in %(days)s") if not_ else _("%(field)s is in %(days)s")
            return words % {"field": asked.words, "days": lasting}
        said = f"{asked.words} {operator.words}"
        return f"{said} {value}" if value else said


def _days(asked: RuleField, value: Scalar) -> int:
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST_DAYS):
        raise BadRule(
            _("“%(field)s”: enter a number of days from 1 to %(most)d.") % {"field": asked.words, "most": MOST_DAYS}
        )
    return int(text)


def _date(asked: RuleField, value: Scalar) -> str:
    try:
        day = date.fromisoformat(str(value or "")[:20].strip())
    except ValueError:
        day = None
    if day is None or day < EARLIEST:
        raise BadRule(_("“%s”: enter a date like 2025-12-31.") % asked.words)
    return day.isoformat()
