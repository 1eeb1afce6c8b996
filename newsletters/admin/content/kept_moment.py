"""The time of publication in what an article's form said: kept as a moment, shown by the clock of the person who looks.

A form sends a date and a time by the clocks of one person's zone; another person may publish them.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.forms import SplitDateTimeField
from django.http import QueryDict

from newsletters.articles import revisions
from newsletters.articles.revisions import Written

_NAME = "published_at"
_PARTS = (f"{_NAME}_0", f"{_NAME}_1")


def fields_to_keep(data: QueryDict) -> list[list[str]]:
    """All that was typed. A time that isn't one yet stays as it was typed. Raises `revisions.TooMuch`."""
    fields = revisions.fields_of(data)
    try:
        moment = SplitDateTimeField(required=False).clean([data.get(part, "").strip() for part in _PARTS])
    except ValidationError:
        return fields
    if moment is None:
        return fields
    others = [pair for pair in fields if pair[0] not in _PARTS]
    return [*others, [_NAME, moment.isoformat()]]


def fields_to_show(fields: list[list[str]], written: Written) -> QueryDict:
    """As this person's form would send them. What the one who typed them couldn't choose is as it is stored."""
    typed = revisions.query_of(fields)
    kept = typed.pop(_NAME, [])
    if kept:
        _show(typed, datetime.fromisoformat(str(kept[0])))
    if "status" not in typed:
        typed["status"] = written.status
        if not any(part in typed for part in _PARTS):
            _show(typed, getattr(written, "published_at", None))  # pages have none
    return typed


def _show(typed: QueryDict, moment: datetime | None) -> None:
    widget = AdminSplitDateTime()
    parts = zip(_PARTS, widget.widgets, widget.decompress(moment), strict=True)
    for name, each, value in parts:
        typed[name] = str(each.format_value(value) or "")
