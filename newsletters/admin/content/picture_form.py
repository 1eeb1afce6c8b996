"""The form of a picture that is there: its words, and its focal point."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_description import DECORATIVE, DECORATIVE_HELP, settle_description
from newsletters.admin.content.picture_upload import in_published_pages
from newsletters.models import Picture
from subscribers.admin.plain_text_forms import PlainTextsForm


class PictureWordsForm(PlainTextsForm):
    from_left = forms.IntegerField(
        label=gettext_lazy("Focal point: from the left (%)"), min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"data-focus": "x"}),
    )  # fmt: skip
    from_top = forms.IntegerField(
        label=gettext_lazy("From the top (%)"), min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"data-focus": "y"}),
        help_text=gettext_lazy(
            "What must stay in sight where a card shows only a part of the picture. Click on the picture, or move the "
            "point with the arrow keys."
        ),
    )  # fmt: skip

    class Meta:
        model = Picture
        fields = ["alt", "is_decorative", "caption", "credit"]
        labels = {"is_decorative": DECORATIVE}
        help_texts = {"is_decorative": DECORATIVE_HELP}

    class Media:
        js = (forms.Script("admin_iria/focus.js", type="module"),)

    is_locked = False  # the visitor may not publish, and readers see it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = self.is_locked
        self.initial["from_left"], self.initial["from_top"] = self.instance.focus_x, self.instance.focus_y

    def why_locked(self) -> str:
        return in_published_pages()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_locked:
            raise forms.ValidationError(in_published_pages())
        if {"from_left", "from_top"} <= cleaned.keys():
            self.instance.focus_x, self.instance.focus_y = cleaned["from_left"], cleaned["from_top"]
        settle_description(self, "alt", "is_decorative")
        return cleaned
