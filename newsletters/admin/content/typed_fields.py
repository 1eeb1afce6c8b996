"""The fields of a form as a page sends them: changed, shown again, or made of what is stored."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, MultiWidget
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict


def with_fields(data: QueryDict, fields: dict[str, str]) -> QueryDict:
    changed = data.copy()
    for name, value in fields.items():
        changed[name] = value
    return changed


def stored_fields(form: BaseForm) -> list[list[str]]:
    """What a form that nobody has touched would send."""
    sent: list[list[str]] = []
    for name, field in form.fields.items():
        value = field.prepare_value(form[name].initial)
        if isinstance(field.widget, MultiWidget):
            parts = [widget.format_value(part) for widget, part in
                     zip(field.widget.widgets, field.widget.decompress(value) or (), strict=False)]  # fmt: skip
            sent += [[f"{name}_{n}", str(part or "")] for n, part in enumerate(parts)]
        elif isinstance(value, bool):
            sent += [[name, "on"]] if value else []
        else:
            values = value if isinstance(value, list | tuple | QuerySet) else [value]
            sent += [[name, "" if each is None else str(getattr(each, "pk", each))] for each in values]
    return sent


def show_typed(request: HttpRequest, typed: QueryDict, *, unsaved: bool) -> None:
    """Let the page, which is then only looked at, show what was typed."""
    request.method = "GET"
    request.iria_typed = typed  # type: ignore[attr-defined]
    request.iria_unsaved = unsaved  # type: ignore[attr-defined]


def shown_fields(request: HttpRequest) -> QueryDict | None:
    return getattr(request, "iria_typed", None)


def unchecked(form: type[BaseForm], typed: QueryDict) -> type[BaseForm]:
    """The form with what was typed, without saying what is wrong with it: nobody has pressed a button."""

    class Typed(form):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("initial", None)
            super().__init__(typed, *args, **kwargs)
            for name in ("opened_revision", "opened_version", "window"):
                self.data[name] = self.initial[name]
            self._errors = ErrorDict()

    return Typed
