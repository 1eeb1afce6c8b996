"""Merge fields as staff see them outside the composer: the value of each, marked as one that may differ by reader."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from newsletters.rendering import merge


def chips(parts: Iterable[merge.TextPart]) -> SafeString:
    """“Today: [Grain ships return]”: each field a chip with its value; without one, what it stands for."""
    return format_html_join("", "{}", ((_chip(part) if part.field else part.text,) for part in parts))


def _chip(part: merge.TextPart) -> SafeString:
    meaning = merge.meaning_of(part.field)
    title = _("Merge field “%(name)s”: %(meaning)s") % {"name": part.field, "meaning": meaning}
    if part.text.strip():
        return format_html('<span class="iria-chip" title="{}">{}</span>', title, part.text)
    return format_html('<span class="iria-chip iria-chip-empty" title="{}">{}</span>', title, meaning)
