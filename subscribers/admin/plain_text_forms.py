"""Staff's forms without what comes along when somebody pastes from Word, a PDF or the source of a page: control
characters and HTML's entities. And without heaps of accents, which cost more to sort than any text is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import QueryDict

from lib.characters import TooManyMarks, has_long_run_of_marks, without_controls
from lib.entities import without_entities

if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
else:
    AnyForm = forms.ModelForm

_TYPED = {forms.TextInput, AdminTextInputWidget}  # not addresses of the web or of mail


class PlainTexts(forms.BaseForm):
    """Mixed into a form: what was typed arrives without control characters, with few marks on a letter, and with its
    entities decoded, but in the fields that hold `markup`."""

    markup: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        plain = data.copy() if isinstance(data, QueryDict) else data
        super().__init__(plain, *args, **kwargs)
        for field in self.fields.values():  # words run by their own letters while they are typed
            if type(field.widget) in _TYPED or isinstance(field.widget, forms.Textarea):
                field.widget.attrs.setdefault("dir", "auto")
        if isinstance(plain, QueryDict):
            markup = {self.add_prefix(name) for name in self.markup}
            for name, values in plain.lists():
                decoded = values if name in markup else [without_entities(value) for value in values]
                plain.setlist(name, [without_controls(value) for value in decoded])

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.fields:
            typed = self.data.get(self.add_prefix(name)) if self.is_bound else None
            if isinstance(typed, str) and has_long_run_of_marks(typed):
                self.add_error(name, str(TooManyMarks()))


class PlainTextsForm(PlainTexts, AnyForm):
    pass
