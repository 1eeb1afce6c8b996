"""What is wrong with a form of the admin, each with the place to mend it: for the summary on top of the page, and for a
page that saves by itself."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import Any

from django.forms import BaseForm
from django.utils.html import strip_tags
from django.utils.safestring import SafeData
from django.utils.translation import gettext as _


def errors_of(form: BaseForm, inline_formsets: Iterable[Any] = ()) -> list[dict[str, str]]:
    """Each with the id of its field (empty where it belongs to none), the field's name and the sentence."""
    found = list(_of_form(form))
    for inline in inline_formsets:
        formset = getattr(inline, "formset", inline)
        group = str(getattr(getattr(inline, "opts", None), "verbose_name", ""))
        found += [
            {"id": f"{formset.prefix}-group", "place": group.capitalize(), "message": str(message)}
            for message in formset.non_form_errors()
        ]
        for n, each in enumerate(formset.forms, 1):
            place = _("%(group)s %(n)d") % {"group": group.capitalize(), "n": n}
            found += [error | {"place": f"{place}, {error['place']}" if error["place"] else place}
                      for error in _of_form(each)]  # fmt: skip
    return found


def plain_errors_of(form: BaseForm, inline_formsets: Iterable[Any] = ()) -> list[dict[str, str]]:
    """The same for a script, which shows text: without the markup of those that have some."""
    return [
        {name: unescape(strip_tags(value)) if isinstance(value, SafeData) else value for name, value in error.items()}
        for error in errors_of(form, inline_formsets)
    ]


def _of_form(form: BaseForm) -> Iterable[dict[str, str]]:
    for name, messages in form.errors.items():
        field = form[name] if name in form.fields else None
        shown = field is not None and not field.is_hidden
        for message in messages:
            yield {
                "id": (field.id_for_label or field.auto_id) if field is not None and shown else "",
                "place": str(field.label) if field is not None and shown else "",
                "message": str(message),
            }
