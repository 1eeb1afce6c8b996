"""What `manage.py check` says of the settings of webhooks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from newsletters.events.webhooks.entrance import PATH

NOT_SET_UP = "newsletters.W001"
WEAK_SECRET = "newsletters.W002"  # noqa: S105 - the name of a warning
SHORTEST_SECRET = 20  # characters


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
    secret = settings.ANYMAIL.get("WEBHOOK_SECRET")
    given = [secret] if isinstance(secret, str) else secret or []
    if all(":" in each and len(each) >= SHORTEST_SECRET for each in given):
        return []
    return [
        CheckWarning(
            "ANYMAIL_WEBHOOK_SECRET is easily guessed, or has no colon.",
            hint=f"A user name, a colon and a random password: {SHORTEST_SECRET} characters or more.",
            id=WEAK_SECRET,
        )
    ]
