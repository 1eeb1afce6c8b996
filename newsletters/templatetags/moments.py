"""Moments in templates."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template

from lib.dates import in_local_words

register = template.Library()
register.filter("local", in_local_words)


@register.filter
def iso(moment: datetime | None) -> str:
    """For programs: the datetime of a time element, in UTC and without the fractions that HTML does not take."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
