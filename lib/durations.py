"""How long something takes, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def duration_in_words(seconds: float, *, about: bool = False) -> str:
    """“less than a minute”, “90 minutes”, “19 hours”, “3 days”: rounded, in the unit that says enough. With `about`,
    “about 3 minutes”."""
    words = _rounded(seconds)
    if words is None:
        return _("less than a minute")
    return _("about %s") % words if about else words


def _rounded(seconds: float) -> str | None:
    minutes = round(seconds / 60)
    if minutes < 1:
        return None
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    if hours < 72:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(seconds / 86400)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
