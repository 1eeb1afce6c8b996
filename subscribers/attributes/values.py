"""A value of an attribute: made of what somebody typed or a file says, and put into words. Forms, imports and the API
share it.

A value is None (there is none), a string, an int or float, or a bool, as `Subscriber.attributes` keeps it; a date is
the string of an ISO 8601 day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lib.characters import TooManyMarks, composed, one_line
from subscribers.models.attributes import LONGEST_TEXT, Attribute, AttributeKind

Value = str | int | float | bool

LARGEST = 10**15  # a float is exact to about that many whole units
DECIMALS = 6
EARLIEST, LATEST = date(1000, 1, 1), date(9999, 12, 31)
_NAMED = 10  # choices that a sentence lists
_BLANKS = re.compile(r"(?<=\d)[\s'’_](?=\d{3}(?!\d))")  # between thousands, in the European ways
_ARABIC = str.maketrans({"٫": ".", "٬": "", "−": "-", "﹣": "-", "－": "-", "٠": "0"})
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][0-9:.,+\-Zz ]*)?")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_YES = frozenset({"yes", "y", "true", "t", "1", "on", "ja", "oui", "si", "sí", "نعم", "✓", "x"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "لا"})


class OfKind(Protocol):
    """An attribute, or the definition of one as it was."""

    @property
    def kind(self) -> str: ...


class BadValue(ValueError):
    """What was typed is no value of this attribute; the message is one sentence for the person who typed it."""


def parse(attribute: Attribute, typed: str) -> Value | None:
    """The value, None where nothing was typed. Raises `BadValue`."""
    if len(typed) > 4 * LONGEST_TEXT:  # before anything reads it
        raise _too_long(attribute)
    text = one_line(typed)
    if not text:
        return None
    match attribute.kind:
        case AttributeKind.NUMBER:
            return _number(attribute, text)
        case AttributeKind.DATE:
            return _date(attribute, text)
        case AttributeKind.YES_NO:
            return _yes_no(attribute, text)
        case AttributeKind.CHOICE:
            return _choice(attribute, _text(attribute, text))
        case _:
            return _text(attribute, text)


def parse_json(attribute: Attribute, value: object) -> Value | None:
    """The same for a value that already has a type, as JSON brings it."""
    if value is None:
        return None
    if isinstance(value, bool):
        if attribute.kind == AttributeKind.YES_NO:
            return value
        raise _wrong(attribute, str(value).lower())
    if isinstance(value, int | float):
        if attribute.kind == AttributeKind.YES_NO and value not in (0, 1):
            raise _wrong(attribute, str(value))
        if isinstance(value, int) and abs(value) > LARGEST:  # whose digits nobody wants to write out
            raise BadValue(_("%(attribute)s: this number is too large.") % {"attribute": attribute.name})
        return parse(attribute, repr(value))
    if isinstance(value, str):
        return parse(attribute, value)
    raise BadValue(_("%(attribute)s: expected one value, not a list or an object.") % {"attribute": attribute.name})


def fits(attribute: OfKind, value: object) -> bool:
    """Is it a value as `parse` makes them? What is stored may be older than the attribute's choices."""
    match attribute.kind:
        case AttributeKind.YES_NO:
            return isinstance(value, bool)
        case AttributeKind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


def in_words(attribute: OfKind, value: Value | None) -> str:
    """For people, in the language spoken now; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return pgettext("value of an attribute", "yes") if value else pgettext("value of an attribute", "no")
    if attribute.kind == AttributeKind.DATE and isinstance(value, str):
        try:
            return date_format(date.fromisoformat(value), "DATE_FORMAT")
        except ValueError:
            return value
    typed = as_typed(attribute, value)
    # The decimal point of the language; no marks between thousands, since a number may be a year.
    return typed.replace(".", str(get_format("DECIMAL_SEPARATOR"))) if isinstance(value, float) else typed


def as_typed(attribute: OfKind, value: Value | None) -> str:
    """As `parse` reads it back, in every language: for files and for the fields of a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return str(value)


# --- Each kind ----------------------------------------------------------------------------------------------------
def _text(attribute: Attribute, text: str) -> str:
    try:
        text = composed(text)
    except TooManyMarks as problem:
        raise BadValue(f"{attribute.name}: {problem}") from None
    if len(text) > LONGEST_TEXT:
        raise _too_long(attribute)
    return text


def _number(attribute: Attribute, text: str) -> int | float:
    plain = _BLANKS.sub("", text[:60].translate(_ARABIC).replace("\u00a0", " ").replace("\u202f", " "))
    if "," in plain:
        plain = _without_commas(attribute, plain, text)
    if len(text) > 60 or not _PLAIN_NUMBER.fullmatch(plain):
        raise _wrong(attribute, text)
    number = Decimal(plain)
    if abs(number) > LARGEST:
        raise BadValue(_("%(attribute)s: this number is too large.") % {"attribute": attribute.name})
    number = round(number, DECIMALS)
    return int(number) if number == number.to_integral_value() else float(number)


def _without_commas(attribute: Attribute, plain: str, text: str) -> str:
    """A comma is the decimal point of much of Europe and divides thousands in English. Where both are possible, nobody
    is guessed at."""
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}", plain):
        return plain.replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+", plain):
        return plain.replace(".", "").replace(",", ".")
    if re.fullmatch(r"[+-]?\d*,\d+", plain):
        if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
            raise BadValue(
                _("%(attribute)s: “%(text)s” can mean two numbers. Write it without the comma, or with a point.")
                % {"attribute": attribute.name, "text": text[:40]}
            )
        return plain.replace(",", ".")
    raise _wrong(attribute, text)


def _date(attribute: Attribute, text: str) -> str:
    text = "".join(_ascii_digit(character) for character in text[:60])
    if found := _DAY.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups()[:3])
    elif found := _DOTTED.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED.fullmatch(text):
        day, month, year = map(int, found.groups())
        if day <= 12 and month <= 12 and day != month:
            raise BadValue(
                _("%(attribute)s: “%(text)s” can mean two days. Write the year first, like 2025-12-31.")
                % {"attribute": attribute.name, "text": text[:40]}
            )
        if month > 12:
            day, month = month, day
    else:
        raise _wrong(attribute, text)
    try:
        meant = date(year, month, day)
    except ValueError:
        raise _wrong(attribute, text) from None
    if not EARLIEST <= meant <= LATEST:
        raise _wrong(attribute, text)
    return meant.isoformat()


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _yes_no(attribute: Attribute, text: str) -> bool:
    word = text[:20].casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _wrong(attribute, text)


def _choice(attribute: Attribute, text: str) -> str:
    known = {choice.casefold(): choice for choice in reversed(attribute.choices)}
    chosen: str | None = text if text in attribute.choices else known.get(text.casefold())
    if chosen is None:
        raise _wrong(attribute, text)
    return chosen


# --- What is wrong ------------------------------------------------------------------------------------------------
def _too_long(attribute: Attribute) -> BadValue:
    return BadValue(
        _("%(attribute)s: at most %(most)s characters.") % {"attribute": attribute.name, "most": f"{LONGEST_TEXT:,}"}
    )


def _wrong(attribute: Attribute, text: str) -> BadValue:
    words = {"attribute": attribute.name, "text": text[:40]}
    match attribute.kind:
        case AttributeKind.NUMBER:
            return BadValue(_("%(attribute)s: “%(text)s” isn't a number.") % words)
        case AttributeKind.DATE:
            return BadValue(_("%(attribute)s: “%(text)s” isn't a date. Write it like 2025-12-31.") % words)
        case AttributeKind.YES_NO:
            return BadValue(_("%(attribute)s: “%(text)s” is neither yes nor no.") % words)
        case AttributeKind.CHOICE:
            return BadValue(
                _("%(attribute)s: “%(text)s” isn't one of the choices: %(choices)s.")
                % {**words, "choices": _listed(attribute.choices)}
            )
        case _:
            return BadValue(_("%(attribute)s: “%(text)s” isn't a text.") % words)


def _listed(choices: Iterable[str]) -> str:
    choices = list(choices)
    return ", ".join([*choices[:_NAMED], *(["…"] if len(choices) > _NAMED else [])])
