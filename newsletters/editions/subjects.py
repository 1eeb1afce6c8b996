"""The subject that a newsletter gives an edition which nobody has given one yet."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletters.models import Newsletter
from newsletters.rendering import merge
from newsletters.rendering.dates import long_date


def subject_of(newsletter: Newsletter, cutoff: datetime) -> str:
    """The newsletter's subject with what is known already put in; what sending gives, and what differs from reader to
    reader, stays a field."""
    values = {
        "newsletter": newsletter.name,
        "date": long_date(cutoff.astimezone(ZoneInfo(newsletter.zone)).date()),
    }

    def value(name: str, fallback: str) -> str:
        field = f"{{{{ {name}|{fallback} }}}}" if fallback else f"{{{{ {name} }}}}"
        return values.get(name, field)

    return merge.fill(newsletter.subject_template, value)[:200]
