"""The choice of the language in which an article is written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from newsletters.articles.written_languages import choices


def _choices() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("Detect from the text")), *choices()]


class LanguageField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Language"),
            required=False,
            choices=_choices,
            help_text=gettext_lazy(
                "Browsers, screen readers and search engines read it. We suggest one when you save."
            ),
        )
