"""Texts as they stand in exports: bytes in any encoding, JSON that names what no database keeps, dates of any kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

from lib.characters import without_controls
from newsletters.articles.feeds.charsets import decoded
from newsletters.articles.feeds.dates import read_date

_TAG = re.compile(r"<[^<>]*>?")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


def text_of_bytes(data: bytes) -> str:
    """In whatever encoding; UTF-8 unless it can't be."""
    return decoded(data, "")[0].removeprefix("\ufeff")


def value_of(row: Mapping[str, Any], *names: str) -> str:
    """The first of these that says something, as text that a database keeps; numbers too."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (text := clean_value(value)):
            return text
    return ""


def clean_value(value: str) -> str:
    """Without controls, and with U+FFFD in the place of half a surrogate pair."""
    return without_controls(value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")).strip()


def plain(html: str) -> str:
    """The words of a short text that may be HTML, on one line."""
    return " ".join(unescape(_TAG.sub(" ", html[:20_000])).split())


def moment(written: str) -> datetime | None:
    """A date as text, or seconds or milliseconds since 1970."""
    if _EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(written[:10]), UTC)
    return read_date(written)
