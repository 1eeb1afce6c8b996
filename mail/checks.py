"""What `manage.py check` says of the settings of mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

NO_EFFECT = "mail.W001"


def check_bounce_domain(**_options: Any) -> list[CheckMessage]:
    """With a mail service BOUNCE_DOMAIN does nothing, and nobody would notice."""
    if not settings.BOUNCE_DOMAIN or settings.EMAIL_ROUTE.is_smtp:
        return []
    return [
        CheckWarning(
            f"BOUNCE_DOMAIN has no effect: {settings.EMAIL_ROUTE.backend} handles bounces itself.",
            hint="Remove BOUNCE_DOMAIN, or send by SMTP.",
            id=NO_EFFECT,
        )
    ]
