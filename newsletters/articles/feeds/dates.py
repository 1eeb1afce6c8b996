"""Dates as feeds write them: RFC 822 with its variants, ISO 8601 in all its lengths, and what people make of both.

What has no zone is taken as UTC. None where nothing can be made of it; nothing is guessed from “3/4/05”, which is two
different days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_MOST = 80  # characters
_ISO = re.compile(
    r"^(\d{4})(?:-?(\d\d)(?:-?(\d\d))?|-?(\d{3}))?"
    r"(?:[Tt\s]+(\d\d):?(\d\d)?(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?$"
)
_ZONE_BEHIND = re.compile(r"\s*(?:UTC|GMT)?([+-]\d\d):?(\d\d)$")
# Zones that RFC 822 has no letters for, hours from Greenwich.
_ZONES = {
    "BST": 1, "IST": 5.5, "WEST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "MSD": 4,
    "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "ACST": 9.5, "AWST": 8, "NZST": 12, "NZDT": 13,
    "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "BRT": -3, "ART": -3, "SAST": 2, "WAT": 1,
}  # fmt: skip
_ZONE_NAME = re.compile(r"\s([A-Z]{3,4})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Months and days that other languages write where RFC 822 wants English.
_FOREIGN = {
    "ιαν": "jan", "φεβ": "feb", "μάρ": "mar", "μαρ": "mar", "απρ": "apr", "μάι": "may", "μαϊ": "may", "μαι": "may",
    "ιούν": "jun", "ιον": "jun", "ιούλ": "jul", "ιολ": "jul", "αύγ": "aug", "αυγ": "aug", "σεπ": "sep", "οκτ": "oct",
    "νοέ": "nov", "νοε": "nov", "δεκ": "dec", "januar": "jan", "februar": "feb", "märz": "mar", "maerz": "mar",
    "mai": "may", "juni": "jun", "juli": "jul", "okt": "oct", "dez": "dec", "janv": "jan", "févr": "feb", "fév": "feb",
    "mars": "mar", "avr": "apr", "juin": "jun", "juil": "jul", "août": "aug", "déc": "dec", "ene": "jan", "abr": "apr",
    "ago": "aug", "dic": "dec", "január": "jan", "február": "feb", "márci": "mar", "március": "mar", "ápril": "apr",
    "április": "apr", "május": "may", "június": "jun", "július": "jul", "augusztus": "aug", "szeptember": "sep",
    "október": "oct", "november": "nov", "december": "dec",
}  # fmt: skip
_PLAIN = re.compile(r"(\d{1,2})\.?\s+([^\W\d]{3,10})\.?,?\s+(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
_AMERICAN = re.compile(
    r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?"
)
_TWELVE_HOURS = re.compile(r"\b(\d{1,2})((?::\d\d){1,2})?\s?([ap])\.?m\b\.?", re.IGNORECASE)
_CLOCK_FIRST = re.compile(r"^(\d{1,2}:\d\d(?::\d\d)?),?\s+(.+)$")
_WITH_DASHES = re.compile(r"(\d{4})-([^\W\d]{3,12})-(\d{1,2})T(\d{1,2}):(\d\d)([+-]\d\d:?\d\d)?")
_EAST = re.compile(
    r"^(\d{4})[年년]\D{0,2}(\d{1,2})[月월]\D{0,2}(\d{1,2})[日일]?\D{0,6}(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?"
)


def read_date(written: str) -> datetime | None:
    """The moment, in UTC."""
    text = " ".join(written.split())
    if not text or len(text) > _MOST:
        return None
    text = _CLOCK_FIRST.sub(r"\2 \1", _TWELVE_HOURS.sub(_of_twenty_four, text))
    for way in (_iso, _rfc822, _with_dashes, _plain, _american, _east):
        try:
            if (found := way(text)) is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _of_twenty_four(found: re.Match[str]) -> str:
    hour = int(found[1])
    if 1 <= hour <= 12:
        hour = hour % 12 + (12 if found[3] in "pP" else 0)
    return f"{hour:02}{found[2] or ':00'}"


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, of_year, hour, minute, second, zone = found.groups()
    moment = datetime(int(year), int(month or 1), int(day or 1), tzinfo=_offset(zone))
    # As a span: 24:00 is the next day, and a leap second the next minute.
    moment += timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
    if of_year:
        moment += timedelta(days=int(of_year) - 1)
    return moment


def _offset(zone: str | None) -> timezone:
    if not zone or zone.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _rfc822(text: str) -> datetime | None:
    """And asctime, and two digits of a year. The library doesn't know all zones, and takes any word for a month."""
    offset = None
    if (named := _ZONE_NAME.search(text)) and named[1] in _ZONES:
        offset = timedelta(hours=_ZONES[named[1]])
        text = text[: named.start()]
    elif zoned := _ZONE_BEHIND.search(text):
        text = f"{text[: zoned.start()]} {zoned[1]}{zoned[2]}"
    parsed = parsedate_tz(text)
    if parsed is None or not any(month in text.lower() for month in _MONTHS):
        return None
    year, month, day, hour, minute, second = parsed[:6]
    shift = offset if offset is not None else timedelta(seconds=parsed[9] or 0)
    moment = datetime(year, month, day, hour % 24, minute, min(second, 59), tzinfo=timezone(shift))
    return moment + timedelta(days=hour // 24)


def _month(word: str) -> int:
    """Raises `ValueError` for a word that isn't one."""
    word = word.lower().strip(".")
    english = _FOREIGN.get(word) or _FOREIGN.get(word[:4]) or _FOREIGN.get(word[:3]) or word[:3]
    return _MONTHS.index(english) + 1


def _moment(year: str, month: int, day: str, *clock: str | None) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock)
    return datetime(int(year), month, int(day), hour, minute, second, tzinfo=UTC)


def _plain(text: str) -> datetime | None:
    """“3. März 2026 14:05”."""
    found = _PLAIN.search(text)
    if found is None:
        return None
    zone = _ZONE_BEHIND.search(text)
    moment = _moment(found[3], _month(found[2]), found[1], found[4], found[5], found[6])
    return moment.replace(tzinfo=_offset(zone[1] + zone[2])) if zone else moment


def _american(text: str) -> datetime | None:
    """“March 3, 2026 14:05”."""
    found = _AMERICAN.search(text)
    return _moment(found[3], _month(found[1]), found[2], found[4], found[5], found[6]) if found else None


def _with_dashes(text: str) -> datetime | None:
    """“2004-július-13T9:15-05:00”."""
    found = _WITH_DASHES.match(text)
    if found is None:
        return None
    moment = _moment(found[1], _month(found[2]), found[3], found[4], found[5], None)
    return moment.replace(tzinfo=_offset(found[6]))


def _east(text: str) -> datetime | None:
    """“2026年3月3日 14:05”; where a word says afternoon, twelve hours later."""
    found = _EAST.match(text)
    if found is None:
        return None
    moment = _moment(found[1], int(found[2]), found[3], found[4], found[5], found[6])
    return moment + timedelta(hours=12) if re.search("오후|下午|午後", text) and moment.hour < 12 else moment
