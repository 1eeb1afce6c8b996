"""Corrections of a published article: each with its date, shown below the text until somebody takes it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.models import Article, Correction

MOST_LETTERS = 600


class NothingToSay(ValueError):
    """The correction is empty or too long; the message is for its writer."""


def add(article: Article, text: str, *, by: str) -> Correction:
    """Raises `NothingToSay`."""
    text = " ".join(text.split())
    if not any(char.isalnum() for char in text):  # marks that nobody sees say nothing either
        raise NothingToSay(_("Write what was wrong, and what is right."))
    if len(text) > MOST_LETTERS:
        raise NothingToSay(_("A correction can have %d characters at most.") % MOST_LETTERS)
    with transaction.atomic():
        made = Correction.objects.create(article=article, text=text, by_name=by)
        _touch(article, made.corrected_at)
    return made


def remove(article: Article, number: int) -> str:
    """Its text; empty where there is no such correction any more."""
    with transaction.atomic():
        found = article.corrections.filter(pk=number).first()
        if found is None:
            return ""
        found.delete()
        _touch(article, timezone.now())
    return found.text


def _touch(article: Article, now: datetime) -> None:
    """The page, feeds and search engines are told that it changed; its text has not."""
    Article.objects.filter(pk=article.pk).update(updated_at=now)
