"""Subject, preheader and introduction of a draft, checked as they come from the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from lib.characters import one_line, without_controls
from lib.entities import typed_text
from newsletters.admin.content.rich_editor import INTRODUCTION, ProseWidget
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.editions import attribute_fields
from newsletters.editions.drafts import Draft
from newsletters.rendering import merge


class TextFieldsForm(forms.Form):
    """Subject, preheader, introduction: what stands around the articles. May be saved half done."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip
    preheader = forms.CharField(
        label=gettext_lazy("Preheader"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Follows the subject in most inboxes."),
    )  # fmt: skip
    introduction = forms.CharField(
        label=gettext_lazy("Introduction"), max_length=5000, required=False,
        widget=ProseWidget(extensions=INTRODUCTION, attrs={"rows": 6, "class": "vLargeTextField"}),
    )  # fmt: skip

    def clean_subject(self) -> str:
        return self._checked("subject", _typed_line)

    def clean_preheader(self) -> str:
        return self._checked("preheader", _typed_line)

    def clean_introduction(self) -> str:
        try:
            return clean_body(self._checked("introduction", without_controls))
        except BodyTooLong as problem:
            raise forms.ValidationError(str(problem)) from None

    def _checked(self, name: str, cleaned: Callable[[str], str]) -> str:
        text = cleaned(self.cleaned_data[name])
        try:
            (attribute_fields.check_html if name == "introduction" else attribute_fields.check)(text)
        except merge.BadMergeField as problem:
            raise forms.ValidationError(str(problem)) from None
        return text


def _typed_line(raw: str) -> str:
    return one_line(typed_text(raw))


def initial_texts(draft: Draft, revision: int) -> dict[str, Any]:
    return {
        "revision": revision,
        "subject": draft.subject,
        "preheader": draft.preheader,
        "introduction": draft.introduction,
    }
