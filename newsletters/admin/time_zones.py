"""The field for a newsletter's time zone: any IANA name, offered while typing; the likeliest where it is misspelt."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# Offered first for an offset: large cities, so that most people know at once which of them keeps their time.
CITIES = (
    "UTC", "Europe/London", "Europe/Lisbon", "Africa/Casablanca", "Africa/Accra", "Europe/Berlin", "Europe/Paris",
    "Africa/Lagos", "Europe/Athens", "Europe/Kyiv", "Africa/Cairo", "Africa/Johannesburg", "Asia/Jerusalem",
    "Asia/Beirut", "Europe/Istanbul", "Asia/Riyadh", "Asia/Baghdad", "Africa/Nairobi", "Europe/Moscow", "Asia/Tehran",
    "Asia/Dubai", "Asia/Baku", "Asia/Kabul", "Asia/Karachi", "Asia/Tashkent", "Asia/Kolkata", "Asia/Colombo",
    "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Shanghai",
    "Asia/Singapore", "Asia/Manila", "Australia/Perth", "Australia/Eucla", "Asia/Tokyo", "Asia/Seoul",
    "Australia/Darwin", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Noumea", "Pacific/Auckland", "Pacific/Fiji", "Pacific/Chatham", "Pacific/Tongatapu", "Pacific/Apia",
    "Pacific/Kiritimati", "Atlantic/Azores", "Atlantic/Cape_Verde", "America/Nuuk", "America/Noronha",
    "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/St_Johns", "America/Halifax", "America/Santiago",
    "America/Caracas", "America/New_York", "America/Toronto", "America/Bogota", "America/Lima", "America/Chicago",
    "America/Mexico_City", "America/Costa_Rica", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Vancouver", "America/Anchorage", "Pacific/Marquesas", "Pacific/Honolulu", "Pacific/Pago_Pago",
)  # fmt: skip
# Abbreviations that people use for a zone. IANA has some of them as zones that never change to summer time.
ABBREVIATIONS = {
    "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "BST": "Europe/London", "CEST": "Europe/Berlin", "EEST": "Europe/Athens", "MSK": "Europe/Moscow",
    "IST": "Asia/Kolkata", "GST": "Asia/Dubai", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "AEST": "Australia/Sydney",
    "NZST": "Pacific/Auckland", "WAT": "Africa/Lagos", "EAT": "Africa/Nairobi", "SAST": "Africa/Johannesburg",
}  # fmt: skip
OFFERED = 4
_NO_PLACES = {"Factory", "localtime", "posixrules"}  # what a machine happens to be set to, or not yet
LONGEST = 100  # characters that are looked at
# “UTC+3”, “(GMT-05:00) Bogota”, “UTC +5.5”, “+0330”; a minus may be any of those that programs write.
_HOURS = r"\s*(?P<sign>[+\-\u2010-\u2212])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2})|[.,](?P<part>25|5|75))?(?!\d)"
_OFFSET = re.compile(rf"(?:\bUTC|\bGMT){_HOURS}", re.IGNORECASE)
_BARE_OFFSET = re.compile(rf"(?:UT|Z)?{_HOURS}\s*", re.IGNORECASE)
# POSIX counts westwards: Etc/GMT+3 is three hours behind. Hardly anybody who chooses it means that.
_WESTWARDS = re.compile(r"Etc/GMT[+-]?\d+", re.IGNORECASE)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The zones that a person would look for: places, and UTC."""
    return tuple(
        sorted(
            name
            for name in zoneinfo.available_timezones()
            if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/")))
        )
    )


def check_zone(name: str) -> str:
    """The IANA name, capitalised as IANA does. Raises `ValidationError` that offers the likeliest."""
    name = name.strip()[:LONGEST]
    by_folded = {known.casefold(): known for known in zoneinfo.available_timezones() - _NO_PLACES}
    wanted = name.replace(" ", "_")
    if _WESTWARDS.fullmatch(wanted):
        raise forms.ValidationError(_about_westwards(by_folded.get(wanted.casefold()), name))
    if meant := ABBREVIATIONS.get(name.upper()):
        words = _("“%(name)s” is an abbreviation, which doesn't say when summer time begins. Did you mean %(near)s?")
        raise forms.ValidationError(words % {"name": name, "near": meant})
    if found := by_folded.get(wanted.casefold()):
        return found
    if typed := _OFFSET.search(name) or _BARE_OFFSET.fullmatch(name):
        raise forms.ValidationError(_about_offset(name, _minutes(typed)))
    places = {known.rpartition("/")[2].casefold(): known for known in zone_names()}
    if found := places.get(wanted.casefold()):
        near = [found]
    else:
        known_places = {known.casefold(): known for known in zone_names()}
        close = difflib.get_close_matches(wanted.casefold(), [*known_places, *places], n=1, cutoff=0.6)
        near = [known_places.get(close[0]) or places[close[0]]] if close else []
    if near:
        raise forms.ValidationError(
            _("“%(name)s” isn't a valid time zone. Did you mean %(near)s?") % {"name": name, "near": near[0]}
        )
    raise forms.ValidationError(
        _("“%(name)s” isn't a valid time zone. Write it as area and city, for example Europe/Berlin.") % {"name": name}
    )


def _minutes(typed: re.Match[str]) -> int:
    """East of Greenwich, in minutes."""
    part = {"25": 15, "5": 30, "75": 45}.get(typed["part"] or "", 0)
    total = int(typed["hours"]) * 60 + int(typed["minutes"] or 0) + part
    return total if typed["sign"] == "+" else -total


def _offset_in_words(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def places_at(minutes: int, now: datetime | None = None) -> list[str]:
    """Zones that are now so many minutes ahead of UTC: cities that most people know, or else any."""
    now = now or timezone.now()

    def keeps_it(zone: str) -> bool:
        return now.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() == timedelta(minutes=minutes)

    found = list(islice(filter(keeps_it, CITIES), OFFERED))
    return found or list(islice(filter(keeps_it, zone_names()), OFFERED))


def _about_offset(name: str, minutes: int) -> str:
    if not (places := places_at(minutes)):
        return _("“%(name)s” isn't a valid time zone, and no place has this time. Write an area and a city, for "
                 "example Europe/Berlin.") % {"name": name}  # fmt: skip
    return _("“%(name)s” isn't a place, and places change their offset in summer. These have %(offset)s now: "
             "%(places)s.") % {
        "name": name, "offset": _offset_in_words(minutes), "places": ", ".join(places),
    }  # fmt: skip


def _about_westwards(known: str | None, name: str) -> str:
    if known is None:
        return _("“%(name)s” isn't a valid time zone. Write it as area and city, for example Europe/Berlin.") % {
            "name": name
        }
    offset = datetime.now(zoneinfo.ZoneInfo(known)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return _about_offset(name, 0)
    return _(
        "“%(name)s” is %(offset)s: its sign means the opposite. These have %(offset)s now: %(places)s. "
        "These have %(other)s: %(other_places)s."
    ) % {
        "name": name,
        "offset": _offset_in_words(minutes),
        "places": ", ".join(places_at(minutes)),
        "other": _offset_in_words(-minutes),
        "other_places": ", ".join(places_at(-minutes)) or _("none"),
    }


class ZoneOfForm:
    """Mixed into a form with a field `zone`. What is stored stays as long as nobody changes it: zones are renamed, and
    an older version took names that are refused now."""

    cleaned_data: dict[str, Any]
    initial: Any
    instance: Any

    def clean_zone(self) -> str:
        typed: str = self.cleaned_data["zone"]
        return typed if typed == self.initial.get("zone") and self.instance.pk else check_zone(typed)


class ZoneWidget(forms.TextInput):
    """A text field with the known zones to choose from; a datalist, so that typing a few letters is enough."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_zones"
        field = super().render(name, value, {**(attrs or {}), "list": list_id, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="{}">', ((zone,) for zone in zone_names()))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
