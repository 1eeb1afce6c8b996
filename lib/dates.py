"""A moment in words, where no time zone of a newsletter or a reader is at hand."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.formats import date_format


def utc_in_words(moment: datetime) -> str:
    """“27 November 2026, 14:05 UTC”."""
    return f"{date_format(moment.astimezone(UTC), 'j F Y, H:i')} UTC"
