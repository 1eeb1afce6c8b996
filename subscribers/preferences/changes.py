"""What a reader decides afterwards: leave, come back, other topics, a pause.

Each function is one transaction with its consent record; doing it twice is not an error. The holder of a link from
our mail may do all of this without a login: who reads the mailbox is the reader.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from subscribers import consent, languages, posting
from subscribers.consent import NOWHERE
from subscribers.models import ConsentRecord, MailingList, OutboxMail, Subscriber, Subscription, Topic, TopicSelection
from subscribers.signup.double_opt_in import clean_name
from subscribers.visitors import Visit

logger = logging.getLogger(__name__)

# Undo, not a second way to subscribe: an unsubscribe link that was forwarded must not bring anybody back later.
UNDO_WITHIN = timedelta(hours=24)
PAUSE = timedelta(days=30)


def leave(
    subscriber_id: int,
    list_id: int | None,
    *,
    source: ConsentRecord.Source = ConsentRecord.Source.PREFERENCES,
    visit: Visit = NOWHERE,
    detail: str = "",
    staff: str = "",
) -> list[Subscription]:
    """Leave one list, or with None every list. Returns what was left by this call: empty when already gone."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return []
        going = person.subscriptions.exclude(status=Subscription.Status.LEFT).select_related("mailing_list")
        if list_id is not None:
            going = going.filter(mailing_list=list_id)
        left = list(going)
        now = timezone.now()
        for subscription in left:
            subscription.status = Subscription.Status.LEFT
            subscription.left_at = now
            subscription.remind_at = None
            subscription.save(update_fields=["status", "left_at", "remind_at"])
            consent.record(
                person,
                ConsentRecord.Action.LEFT,
                source,
                mailing_list=subscription.mailing_list,
                visit=visit,
                detail=detail,
                staff=staff,
            )
    return left


def can_undo(subscription: Subscription) -> bool:
    """Whether “I didn't mean to” still works: left a short while ago, and confirmed since it was last asked for.

    Else who holds an old link could ask again in the form, leave at once, and undo that, without the mailbox.
    """
    return (
        subscription.status == Subscription.Status.LEFT
        and subscription.confirmed_at is not None
        and subscription.confirmed_at >= subscription.requested_at
        and subscription.left_at is not None
        and timezone.now() - subscription.left_at < UNDO_WITHIN
    )


def come_back(subscriber_id: int, list_ids: Sequence[int], *, visit: Visit = NOWHERE) -> list[Subscription]:
    """Undo a recent `leave`: the subscriptions are as they were, topics included."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return []
        back = [
            subscription
            for subscription in person.subscriptions.filter(mailing_list__in=list_ids).select_related("mailing_list")
            if can_undo(subscription)
        ]
        for subscription in back:
            subscription.status = Subscription.Status.CONFIRMED
            subscription.left_at = None
            subscription.save(update_fields=["status", "left_at"])
            consent.record(
                person,
                ConsentRecord.Action.RETURNED,
                ConsentRecord.Source.PREFERENCES,
                mailing_list=subscription.mailing_list,
                visit=visit,
            )
    return back


def change(
    subscriber_id: int,
    *,
    name: str,
    topics: Mapping[int, Sequence[Topic]],
    language: str = "",
    visit: Visit = NOWHERE,
) -> list[MailingList]:
    """Save a reader's name, language (empty: as it is) and, by list id, the topics they follow (none: all of them).

    Returns the lists changed.
    """
    changed: list[MailingList] = []
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        if (cleaned := clean_name(name)) != person.name:
            person.name = cleaned
            person.save(update_fields=["name", "updated_at"])
            _changed(person, None, "name", visit)
        if language and language != languages.language_of(person.language):
            person.language = language
            person.save(update_fields=["language", "updated_at"])
            _changed(person, None, f"language {language}", visit)
        mine = person.subscriptions.filter(status=Subscription.Status.CONFIRMED, mailing_list__in=topics)
        for subscription in mine.select_related("mailing_list"):
            selection = TopicSelection.of(topics[subscription.mailing_list_id])
            if subscription.selection_id == (selection.pk if selection else None):
                continue
            subscription.selection = selection
            subscription.save(update_fields=["selection"])
            named = ", ".join(topic.slug for topic in topics[subscription.mailing_list_id]) or "all topics"
            _changed(person, subscription.mailing_list, named, visit)
            changed.append(subscription.mailing_list)
    return changed


def pause(subscriber_id: int, *, visit: Visit = NOWHERE) -> None:
    """No edition for the next thirty days; what was confirmed stays."""
    _set_pause(subscriber_id, paused=True, visit=visit)


def resume(subscriber_id: int, *, visit: Visit = NOWHERE) -> None:
    _set_pause(subscriber_id, paused=False, visit=visit)


def _set_pause(subscriber_id: int, *, paused: bool, visit: Visit) -> None:
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        person.paused_until = timezone.now() + PAUSE if paused else None
        person.save(update_fields=["paused_until", "updated_at"])
        _changed(person, None, "paused for 30 days" if paused else "no longer paused", visit)


def _changed(person: Subscriber, mailing_list: MailingList | None, detail: str, visit: Visit) -> None:
    consent.record(
        person,
        ConsentRecord.Action.CHANGED,
        ConsentRecord.Source.PREFERENCES,
        mailing_list=mailing_list,
        visit=visit,
        detail=detail,
    )


def ask_for_link(email: str) -> bool:
    """Queue a mail with the link to the preferences, when there is a reader with this address and room for it.

    The answer is for tests and logs: the page says the same whoever asks.
    """
    with transaction.atomic():
        person = Subscriber.objects.with_address(email).select_for_update().first()
        wanted = (
            person is not None
            and not person.is_suppressed
            and person.subscriptions.filter(confirmed_at__isnull=False).exists()
            and posting.has_room(person, OutboxMail.Kind.PREFERENCES_LINK)
        )
        if person is not None and wanted:
            posting.post(person, OutboxMail.Kind.PREFERENCES_LINK, {})
        else:
            posting.wake()
    return wanted
