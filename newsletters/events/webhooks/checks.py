"""What `manage.py check` says of the settings of webhooks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from newsletters.events.webhooks.entrance import PATH

NOT_SET_UP = "newsletters.W001"
WEAK_SECRET = "newsletters.E001"  # noqa: S105 - the name of an error


def check_webhooks(**_options: Any) -> list[CheckMessage]:
    """A mail service that can't tell us of bounces would be noticed only when it closes the account."""
    return [*_check_service(), *_check_secret()]


def _check_service() -> list[CheckMessage]:
    name = settings.EMAIL_ROUTE.backend.removeprefix("anymail.backends.").partition(".")[0]
    if not settings.EMAIL_ROUTE.backend.startswith("anymail.backends."):
        return []
    from newsletters.events.webhooks import services
    from newsletters.events.webhooks.service import Direction, NotSetUp

    try:
        services.service_named(name, Direction.TRACKING)
    except NotSetUp as problem:
        return [
            CheckWarning(
                f"{settings.EMAIL_ROUTE.backend} can't tell Iria of bounces and complaints: its webhook isn't set up.",
                hint=f"{problem} Then enter {settings.SITE_URL}{PATH}{name}/tracking/ there (docs/webhooks.md).",
                id=NOT_SET_UP,
            )
        ]
    return []


def _check_secret() -> list[CheckMessage]:
    """An error and no warning: who guesses it suppresses whom they like."""
    secret = settings.ANYMAIL.get("WEBHOOK_SECRET")
    if not secret:
        return []
    from newsletters.events.webhooks.service import GUESSABLE, is_guessable

    if not any(map(is_guessable, [secret] if isinstance(secret, str) else secret)):
        return []
    return [Error(GUESSABLE, hint="Make one by: openssl rand -hex 16", id=WEAK_SECRET)]
