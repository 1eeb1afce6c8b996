"""For the lists of the admin."""

from __future__ import annotations

import re
from typing import Any

from django import template

from iria.admin_lists import EMPTY

register = template.Library()


@register.filter
def when_empty(options: Any) -> str:
    """What a list of these is for; of a model that nobody described, nothing."""
    return EMPTY.get(options.label, "")


@register.filter(is_safe=True)
def without_empty_headers(table: str) -> str:
    """Django's own inline tables have headers without words above what has no column of its own: to a screen reader
    these are columns that nobody named. As plain cells they are nothing."""
    return re.sub(r"<th(\s[^>]*)?>\s*</th>", r"<td\1></td>", table)
