"""The link of a confirmation mail: what it says, and how long it works (CONFIRMATION_VALID_DAYS)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from subscribers.tokens import BadToken, Purpose, read


def valid_until(asked_at: datetime) -> datetime:
    """Until when the link of somebody works who asked at that moment."""
    return asked_at + timedelta(days=settings.CONFIRMATION_VALID_DAYS)


def oldest_valid(now: datetime) -> datetime:
    """Links of requests before this moment have expired."""
    return now - timedelta(days=settings.CONFIRMATION_VALID_DAYS)


@dataclass(frozen=True)
class ConfirmationLink:
    """What a confirmation link says: when it was asked for, and which subscriptions."""

    asked_at: datetime
    subscription_ids: tuple[int, ...]

    @property
    def valid_until(self) -> datetime:
        return valid_until(self.asked_at)


def read_confirmation_link(token: str) -> ConfirmationLink:
    """Raises `BadToken` for a forged or damaged link."""
    numbers = read(Purpose.CONFIRM, token)
    if len(numbers) < 2:
        raise BadToken("a confirmation link names at least one subscription")
    return ConfirmationLink(datetime.fromtimestamp(numbers[0], UTC), numbers[1:])
