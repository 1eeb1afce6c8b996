"""The headings of what looks back, at the end of an edition: what its readers see, in the language of the edition."""

from __future__ import annotations

from django.utils.translation import gettext as _


def most_read_heading() -> str:
    return _("Most read since last time")


def missed_heading() -> str:
    return _("In case you missed it")
