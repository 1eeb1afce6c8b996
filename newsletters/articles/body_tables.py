"""Tables and code in a cleaned body, made ready to be shown: what is wider than the page scrolls in a box of its own,
which the keyboard reaches and a screen reader announces by the table's caption."""

from __future__ import annotations

import re
from html import unescape

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# On what nh3 wrote: a table has no attributes and closes, and its caption comes first or not at all.
_TABLE = re.compile(r"<table>(?:<caption>(?P<caption>(?:(?!</caption>).){0,500})</caption>)?", re.DOTALL)
_TABLE_END = "</table>"
_CODE = "<pre>"


def with_scroll_boxes(body: SafeString) -> SafeString:
    def opened(found: re.Match[str]) -> str:
        name = " ".join(unescape(strip_tags(found["caption"] or "")).split()) or _("Table")
        return format_html('<div class="wide" role="region" tabindex="0" aria-label="{}">', name) + found[0]

    shown = _TABLE.sub(opened, body).replace(_TABLE_END, f"{_TABLE_END}</div>").replace(_CODE, '<pre tabindex="0">')
    return mark_safe(shown)  # noqa: S308 - cleaned by nh3 on saving, and what was added here is escaped
