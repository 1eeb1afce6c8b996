"""Names, titles and subjects are one line, however they came in: they end in headers, in titles of pages and in feeds,
where a line end begins something else. Forms of the staff fold or refuse it where it is typed; this is the floor below
them all, for programs, imports and forms that nobody thought of.

`iria.apps` connects it to `pre_save`. What goes past `Model.save` (bulk writes) is written by programs alone, from
values that were saved before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models

from lib.characters import controls_in, one_line

OUR_APPS = frozenset({"auth", "iria", "mail", "newsletters", "subscribers"})
# Short texts that may have several lines: notes of people, answers of servers, reasons and troubles.
_SEVERAL_LINES = frozenset(
    {"detail", "halted_why", "note", "paused_why", "problem", "reason", "reply", "text", "trouble", "words"}
)


@cache
def single_lines(model: type[models.Model]) -> tuple[str, ...]:
    """The names of the model's columns that hold one line of text that somebody typed."""
    if model._meta.app_label not in OUR_APPS:
        return ()
    return tuple(
        field.attname
        for field in model._meta.concrete_fields
        if type(field) is models.CharField and not field.choices and field.name not in _SEVERAL_LINES
    )


def fold(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    """A receiver of `pre_save`: line ends and control characters become a space."""
    loaded = instance.__dict__  # a column that was left out of the query stays so
    for name in () if raw else single_lines(sender):
        text = loaded.get(name)
        if isinstance(text, str) and not text.isprintable() and controls_in(text):
            setattr(instance, name, one_line(text))
