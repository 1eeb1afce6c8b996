"""Dates as the product's English writes them everywhere: “27 November 2026, 15:05”. Django's own are American."""

from __future__ import annotations

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i T"  # with the zone that it is in
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i T"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
