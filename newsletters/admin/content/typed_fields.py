"""The fields of a form as a page sends them: changed, shown again, or made of what is stored."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, MultiWidget
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict

from lib.characters import without_controls


def without_controls_in(data: QueryDict) -> QueryDict:
    """The form as it was sent, without control characters: no database keeps them all, and no page shows them."""
    plain = QueryDict(mutable=True)
    for name, values in data.lists():
        plain.setlist(without_controls(name), [without_controls(value) for value in values])
    return plain


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


_OF_THE_PAGE = ("opened_revision", "opened_version", "window")


def _is_begun(form: BaseForm) -> bool:
    instance = getattr(form, "instance", None)
    return instance is not None and instance.pk is None and bool(form.data.get("window"))


def unchecked(form: type[BaseForm], typed: QueryDict) -> type[BaseForm]:
    """The form with what was typed, without saying what is wrong with it: nobody has pressed a button."""

    class Typed(form):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("initial", None)
            super().__init__(typed, *args, **kwargs)
            # A new article that was kept in the browser goes on as the page that began it: it may be saved already.
            of_the_page = ("opened_revision", "opened_version") if _is_begun(self) else _OF_THE_PAGE
            for name in of_the_page:
                self.data[name] = self.initial[name]
            self._errors = ErrorDict()

    return Typed
