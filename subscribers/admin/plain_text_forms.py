"""Forms without the control characters that come along with what is pasted from Word or a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from lib.characters import without_controls

if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
else:
    AnyForm = forms.ModelForm


class PlainTexts(forms.BaseForm):
    """Mixed into a form: what was typed arrives without control characters."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_plain(data), *args, **kwargs)


def _plain(data: Any) -> Any:
    if not isinstance(data, QueryDict):
        return data
    plain = data.copy()
    for name, values in data.lists():
        plain.setlist(name, [without_controls(value) for value in values])
    return plain


class PlainTextsForm(PlainTexts, AnyForm):
    pass
