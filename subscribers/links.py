"""The links of mails to one person: absolute, from SITE_URL alone, never from a request's Host header.

An edition makes several a recipient, so the address patterns are resolved once and a link is a token and a join.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from subscribers.tokens import BadToken, Purpose, make, read

_PLACE = "TOKEN"


@lru_cache(maxsize=8)
def _around(view: str) -> tuple[str, str]:
    """What stands before and after the token in the path of the view."""
    before, after = reverse(f"mailed:{view}", args=[_PLACE]).split(_PLACE)
    return before, after


def _link(view: str, token: str) -> str:
    before, after = _around(view)
    return f"{settings.SITE_URL}{before}{token}{after}"


def preferences_link(token: str) -> str:
    return _link("preferences", token)


def preferences_url(subscriber_id: int) -> str:
    return preferences_link(make(Purpose.PREFERENCES, subscriber_id))


def unsubscribe_link(token: str) -> str:
    return _link("unsubscribe", token)


def unsubscribe_url(subscriber_id: int, mailing_list_id: int, edition_id: int = 0) -> str:
    return unsubscribe_link(make(Purpose.UNSUBSCRIBE, subscriber_id, mailing_list_id, edition_id))


def confirm_url(asked_at: datetime, subscription_ids: list[int]) -> str:
    """The link of one confirmation mail: good for exactly the subscriptions that the mail names."""
    return _link("confirm", make(Purpose.CONFIRM, int(asked_at.timestamp()), *subscription_ids))


@dataclass(frozen=True)
class ConfirmationLink:
    """What a confirmation link says: when it was asked for, and which subscriptions."""

    asked_at: datetime
    subscription_ids: tuple[int, ...]

    @property
    def valid_until(self) -> datetime:
        return self.asked_at + timedelta(days=settings.CONFIRMATION_VALID_DAYS)


def read_confirmation_link(token: str) -> ConfirmationLink:
    """Raises `BadToken` for a forged or damaged link."""
    numbers = read(Purpose.CONFIRM, token)
    if len(numbers) < 2:
        raise BadToken("a confirmation link names at least one subscription")
    return ConfirmationLink(datetime.fromtimestamp(numbers[0], UTC), numbers[1:])


def subscribe_url() -> str:
    return settings.SITE_URL + reverse("subscribers:subscribe")
