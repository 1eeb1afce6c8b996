"""Staff's forms without the control characters that come along with what is pasted from Word or a PDF, and without
heaps of accents, which cost more to sort than any text is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from lib.characters import TooManyMarks, has_long_run_of_marks, without_controls

if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
else:
    AnyForm = forms.ModelForm


class PlainTexts(forms.BaseForm):
    """Mixed into a form: what was typed arrives without control characters, and with few marks on a letter."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_plain(data), *args, **kwargs)

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.fields:
            typed = self.data.get(self.add_prefix(name)) if self.is_bound else None
            if isinstance(typed, str) and has_long_run_of_marks(typed):
                self.add_error(name, str(TooManyMarks()))


def _plain(data: Any) -> Any:
    if not isinstance(data, QueryDict):
        return data
    plain = data.copy()
    for name, values in data.lists():
        plain.setlist(name, [without_controls(value) for value in values])
    return plain


class PlainTextsForm(PlainTexts, AnyForm):
    pass
