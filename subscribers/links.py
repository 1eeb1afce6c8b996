"""The links of a reader's mails: absolute, and always from SITE_URL, never from a request's Host."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from subscribers import tokens
from subscribers.tokens import Purpose


def confirm_url(subscription_id: int, asked_at: datetime) -> str:
    return f"{settings.SITE_URL}/confirm/{tokens.make(Purpose.CONFIRM, subscription_id, int(asked_at.timestamp()))}/"


def preferences_url(subscriber_id: int) -> str:
    return f"{settings.SITE_URL}/preferences/{tokens.make(Purpose.PREFERENCES, subscriber_id)}/"


def unsubscribe_url(subscriber_id: int, mailing_list_id: int, edition_id: int = 0) -> str:
    """Leaves the list. The edition says which mail it came from; 0 where it came from none."""
    token = tokens.make(Purpose.UNSUBSCRIBE, subscriber_id, mailing_list_id, edition_id)
    return f"{settings.SITE_URL}/unsubscribe/{token}/"
