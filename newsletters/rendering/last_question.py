"""What a draft says that asks readers who went quiet whether they want to stay; an editor may write it anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override


@dataclass(frozen=True, slots=True)
class LastQuestion:
    subject: str
    preheader: str
    html: str
    button: str


def words_of_question(newsletter: str, language: str) -> LastQuestion:
    """`newsletter` is its name, and `language` that of its emails."""
    with override(language):
        text = _(
            "It’s been a while since you last opened %(newsletter)s. If you’d like to keep receiving it, press the "
            "button. If not, you don’t have to do anything."
        ) % {"newsletter": escape(newsletter)}
        return LastQuestion(
            subject=_("Do you still want to hear from us?"),
            preheader=_("Press the button, and everything stays as it is."),
            html=f"<p>{text}</p>",
            button=_("Keep my subscription"),
        )
