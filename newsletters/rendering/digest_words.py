"""The words of a digest, in the language that is spoken now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from subscribers.models import Frequency


def digest_subject(newsletter: str, frequency: str) -> str:
    words = {"newsletter": newsletter}
    if frequency == Frequency.DAILY:
        return _("%(newsletter)s: your daily digest") % words
    if frequency == Frequency.WEEKLY:
        return _("%(newsletter)s: your weekly digest") % words
    return _("%(newsletter)s: your monthly digest") % words


def digest_heading(newsletter: str, number: int, day: str) -> str:
    """Above the articles of one edition."""
    return _("%(newsletter)s %(number)d, %(day)s") % {"newsletter": newsletter, "number": number, "day": day}
