"""What a subscriber changes on the email preferences page: name, language, topics, a pause; and the link to that page.

Each function is one transaction with its consent record; doing it twice is not an error. Anyone who holds a link from
our mails may do this without a login: the person who reads the mailbox is the subscriber.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from subscribers import consent, languages
from subscribers.attributes.holding import write_values
from subscribers.attributes.values import Value
from subscribers.consent import NOWHERE
from subscribers.messages.posting import has_room, post_to_subscriber
from subscribers.messages.preferences_link import PREFERENCES_LINK, PreferencesLinkContext
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Topic, TopicSelection
from subscribers.signup.double_opt_in import clean_name
from subscribers.visitors import Visit

PAUSES = (30, 90)  # days


def update_preferences(
    subscriber_id: int,
    *,
    name: str,
    topics: Mapping[int, Sequence[Topic]],
    language: str = "",
    time_zone: str | None = None,
    visit: Visit = NOWHERE,
) -> list[MailingList]:
    """Save a subscriber's name, language (empty: as it is), time zone (None: as it is; empty: the institute's) and, by
    list id, the topics they follow (none: all of them).

    Returns the lists changed.
    """
    changed: list[MailingList] = []
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        if (cleaned := clean_name(name)) != person.name:
            person.name = cleaned
            person.save(update_fields=["name", "updated_at"])
            _record_change(person, None, "name", visit)
        if language and language != languages.language_of(person.language):
            person.language = language
            person.save(update_fields=["language", "updated_at"])
            _record_change(person, None, f"language {language}", visit)
        if time_zone is not None and time_zone != person.time_zone:
            person.time_zone = time_zone
            person.save(update_fields=["time_zone", "updated_at"])
            _record_change(person, None, f"time zone {time_zone or 'of the institute'}", visit)
        mine = person.subscriptions.filter(status=Subscription.Status.CONFIRMED, mailing_list__in=topics)
        for subscription in mine.select_related("mailing_list"):
            selection = TopicSelection.of(topics[subscription.mailing_list_id])
            if subscription.selection_id == (selection.pk if selection else None):
                continue
            subscription.selection = selection
            subscription.save(update_fields=["selection"])
            named = ", ".join(topic.slug for topic in topics[subscription.mailing_list_id]) or "all topics"
            _record_change(person, subscription.mailing_list, named, visit)
            changed.append(subscription.mailing_list)
    return changed


def set_attributes(subscriber_id: int, values: Mapping[str, Value | None], *, visit: Visit = NOWHERE) -> bool:
    """The reader's own answers to what the publisher asks, by the keys of the attributes. False: they were so."""
    with transaction.atomic():
        if not write_values(subscriber_id, values):
            return False
        person = Subscriber.objects.get(pk=subscriber_id)
        _record_change(person, None, "attributes: " + ", ".join(sorted(values)), visit)
    return True


def set_frequency(subscriber_id: int, list_id: int, frequency: str, *, visit: Visit = NOWHERE) -> MailingList | None:
    """How often this reader wants mail from a list. The list; None where nothing changed."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        mine = person.subscriptions.filter(status=Subscription.Status.CONFIRMED, mailing_list=list_id)
        subscription = mine.select_related("mailing_list").first()
        if subscription is None or subscription.frequency == frequency:
            return None
        subscription.frequency = frequency
        subscription.frequency_set_at = timezone.now()
        subscription.save(update_fields=["frequency", "frequency_set_at"])
        _record_change(person, subscription.mailing_list, f"frequency {frequency}", visit)
    return subscription.mailing_list


def pause(subscriber_id: int, *, days: int = PAUSES[0], visit: Visit = NOWHERE) -> None:
    """No edition for so many days; what was confirmed stays."""
    _set_pause(subscriber_id, days, visit)


def resume(subscriber_id: int, *, visit: Visit = NOWHERE) -> None:
    _set_pause(subscriber_id, 0, visit)


def _set_pause(subscriber_id: int, days: int, visit: Visit) -> None:
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        person.paused_until = timezone.now() + timedelta(days=days) if days else None
        person.save(update_fields=["paused_until", "updated_at"])
        _record_change(person, None, f"paused for {days} days" if days else "no longer paused", visit)


def _record_change(person: Subscriber, mailing_list: MailingList | None, detail: str, visit: Visit) -> None:
    consent.record(
        person,
        ConsentRecord.Action.CHANGED,
        ConsentRecord.Source.PREFERENCES,
        mailing_list=mailing_list,
        visit=visit,
        detail=detail,
    )


def request_link(email: str) -> bool:
    """Queue a message with the link to the email preferences, if a subscriber has this address and no limit is reached.

    The answer is for tests and logs: the page says the same no matter who asks.
    """
    with transaction.atomic():
        person = Subscriber.objects.with_address(email).select_for_update().first()
        return person is not None and _post_link(person)


def request_link_of(subscriber_id: int) -> bool:
    """The same by the number of a link that opens nothing any more."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        return person is not None and _post_link(person)


def _post_link(person: Subscriber) -> bool:
    wanted = (
        not person.is_suppressed
        and person.subscriptions.filter(confirmed_at__isnull=False).exists()
        and has_room(person, PREFERENCES_LINK)
    )
    if wanted:
        post_to_subscriber(person, PREFERENCES_LINK, PreferencesLinkContext())
    return wanted
