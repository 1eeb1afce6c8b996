"""What a form asks of a picture that is added: words for people who can't see it, or that there are none on purpose."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

DECORATIVE = gettext_lazy("Decorative")
DECORATIVE_HELP = gettext_lazy(
    "It only adorns: a reader who can't see it misses nothing. It then has no description on purpose."
)
UNDESCRIBED = gettext_lazy("Describe the picture in a few words for people who can't see it, or say it is decorative.")


def settle_description(form: forms.BaseForm, alt: str, decorative: str) -> None:
    """One of both: words, or that there are none on purpose. What was ticked counts. Call from clean()."""
    if form.cleaned_data.get(decorative):
        form.cleaned_data[alt] = ""
    elif not form.cleaned_data.get(alt) and alt not in form.errors:
        form.add_error(alt, str(UNDESCRIBED))
