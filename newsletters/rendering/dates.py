"""Dates as a mail writes them."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format


def long_date(day: date) -> str:
    """“3 March 2026”, in the language that is active."""
    return date_format(day, "j F Y")


def long_date_of(iso: str) -> str:
    return long_date(date.fromisoformat(iso))
