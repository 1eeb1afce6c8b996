"""For the lists of the admin."""

from __future__ import annotations

from typing import Any

from django import template

from iria.admin_lists import EMPTY

register = template.Library()


@register.filter
def when_empty(options: Any) -> str:
    """What a list of these is for; of a model that nobody described, nothing."""
    return EMPTY.get(options.label, "")
