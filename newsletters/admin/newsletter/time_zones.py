"""The field for a newsletter's time zone: any IANA name, offered while typing; the likeliest where it is misspelt."""

from __future__ import annotations

import difflib
import zoneinfo
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The zones that a person would look for: places, and UTC."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def check_zone(name: str) -> str:
    """The IANA name, capitalised as IANA does. Raises `ValidationError` that offers the likeliest."""
    by_folded = {known.casefold(): known for known in zoneinfo.available_timezones()}
    wanted = name.strip().replace(" ", "_")
    if found := by_folded.get(wanted.casefold()):
        return found
    places = {known.rpartition("/")[2].casefold(): known for known in zone_names()}
    if found := places.get(wanted.casefold()):
        near = [found]
    else:
        close = difflib.get_close_matches(wanted.casefold(), [*by_folded, *places], n=1, cutoff=0.6)
        near = [by_folded.get(close[0]) or places[close[0]]] if close else []
    if near:
        raise forms.ValidationError(
            _("“%(name)s” isn't a valid time zone. Did you mean %(near)s?") % {"name": name, "near": near[0]}
        )
    raise forms.ValidationError(
        _("“%(name)s” isn't a valid time zone. Write it as area and city, for example Europe/Berlin.") % {"name": name}
    )


class ZoneWidget(forms.TextInput):
    """A text field with the known zones to choose from; a datalist, so that typing a few letters is enough."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_zones"
        field = super().render(name, value, {**(attrs or {}), "list": list_id, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="{}">', ((zone,) for zone in zone_names()))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
