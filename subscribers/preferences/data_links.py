"""The links that let readers download or erase what is held about them: asked for on the preferences page, mailed to
them, good for a day."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from subscribers.former_people import find_subscriber
from subscribers.messages.own_data import OWN_DATA, OwnDataContext, has_expired
from subscribers.messages.posting import has_room, post_to_subscriber
from subscribers.models import Subscriber
from subscribers.preferences.addresses import AddressRefusal, ChangeRefused
from subscribers.preferences.links import is_earlier
from subscribers.tokens import BadToken, Purpose, read


class LinkExpired(ValueError):
    """The link is ours, and too old."""


def request_links(subscriber_id: int) -> None:
    """Mail them to the person, also where nothing else is: what is held about them is theirs to have and to end, and it
    is they who ask. Raises `ChangeRefused` for somebody who asked too often today."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        if not has_room(person, OWN_DATA):
            raise ChangeRefused(AddressRefusal.TOO_MANY)
        post_to_subscriber(person, OWN_DATA, OwnDataContext(int(timezone.now().timestamp())))


def reader_of(token: str) -> Subscriber | None:
    """None for somebody who was erased. Raises `BadToken` or `LinkExpired`."""
    try:
        subscriber_id, asked_at = read(Purpose.OWN_DATA, token)
        asked = datetime.fromtimestamp(asked_at, UTC)
    except (ValueError, OverflowError, OSError):  # also a moment beyond what a date can say
        raise BadToken("not a link to somebody's data") from None
    if has_expired(asked):
        raise LinkExpired
    person = find_subscriber(subscriber_id)
    if person is not None and is_earlier(person, subscriber_id, asked_at):
        raise LinkExpired
    return person
