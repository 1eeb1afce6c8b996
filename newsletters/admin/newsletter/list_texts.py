"""What a list says in your own words: its sign-up page and its welcome email, for each language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_upload import PictureFields, picture_inputs
from newsletters.admin.content.rich_editor import INTRODUCTION, ProseWidget
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.editions.list_texts import save_list_text
from newsletters.models import ListText
from subscribers import languages
from subscribers.admin.plain_text_forms import PlainTexts

if TYPE_CHECKING:
    ListTextFormBase = forms.ModelForm[ListText]
    ListTextAdminBase = admin.ModelAdmin[ListText]
else:
    ListTextFormBase = forms.ModelForm
    ListTextAdminBase = admin.ModelAdmin

_inputs = picture_inputs("picture")


def _editor() -> ProseWidget:
    return ProseWidget(extensions=INTRODUCTION, attrs={"rows": 8, "class": "vLargeTextField"})


class ListTextForm(PlainTexts, PictureFields, ListTextFormBase):
    picture_field = "picture"
    markup = frozenset({"page_text", "welcome_text"})

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    picture_file = _inputs["picture_file"]
    picture_alt = _inputs["picture_alt"]
    picture_remove = _inputs["picture_remove"]

    class Meta:
        model = ListText
        fields = [
            "mailing_list", "language", "heading", "picture", "page_text", "welcome_subject", "welcome_text",
        ]  # fmt: skip
        widgets = {"page_text": _editor(), "welcome_text": _editor()}
        help_texts = {
            "heading": gettext_lazy("Without one, the name of the list is the heading."),
            "page_text": gettext_lazy("Without one, the description of the list is shown."),
            "welcome_subject": gettext_lazy("Without one, it's “Welcome to” and the name of the list."),
            "welcome_text": gettext_lazy(
                "Begins the welcome email. Which lists people get, the latest edition and the link to their "
                "preferences follow by themselves."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(language := self.fields.get("language"), forms.ChoiceField):
            offered = [(each.code, each.name) for each in languages.offered()]
            stored = self.instance.language
            if stored and not languages.is_offered(stored):  # it was offered once; saving doesn't lose it
                offered.append((stored, stored))
            language.choices = [("", _("Every language without a text of its own")), *offered]
        if "picture" in self.fields:
            self.begin_with_picture()

    def clean_page_text(self) -> str:
        return self._cleaned_text("page_text")

    def clean_welcome_text(self) -> str:
        text = self._cleaned_text("welcome_text")
        if "{{" in text:
            raise forms.ValidationError(_("Personal fields such as {{ name }} work in editions, not in this email."))
        return text

    def clean_welcome_subject(self) -> str:
        subject: str = self.cleaned_data["welcome_subject"]
        if "{{" in subject:
            raise forms.ValidationError(_("Personal fields such as {{ name }} work in editions, not in this email."))
        return subject

    def _cleaned_text(self, name: str) -> str:
        try:
            return clean_body(self.cleaned_data[name])
        except BodyTooLong as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.clean_picture()
        return cleaned


@admin.register(ListText)
class ListTextAdmin(ListTextAdminBase):
    form = ListTextForm
    list_display = ["mailing_list", "shown_language", "heading", "welcome_subject", "updated_at"]
    list_select_related = ["mailing_list"]
    actions = None
    fieldsets = [
        (None, {"fields": ["mailing_list", "language"]}),
        (
            gettext_lazy("Sign-up page"),
            {"fields": ["heading", "picture", "picture_file", "picture_alt", "picture_remove", "page_text"]},
        ),
        (gettext_lazy("Welcome email"), {"fields": ["welcome_subject", "welcome_text"]}),
    ]

    def save_model(self, request: HttpRequest, obj: ListText, form: Any, change: bool) -> None:
        save_list_text(obj)

    @admin.display(description=gettext_lazy("language"), ordering="language")
    def shown_language(self, text: ListText) -> str:
        return languages.language(text.language).name if text.language else _("every language")
