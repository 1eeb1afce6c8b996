"""Double opt-in: somebody asks, the owner of the mailbox confirms.

Asking writes the person, the pending subscriptions, the consent records and the confirmation mail in one transaction;
a worker sends the mail. The outcome is for staff only: what the public asks for goes by `intake`, so that neither the
answer nor its time depends on it.
A stranger's request never changes what a confirmed reader chose, and never reaches a suppressed address.
A list may be told to take the form itself for consent (single opt-in): nobody is mailed more often by it.
Confirming is idempotent. A crash before the commit leaves nothing, after it the outbox finishes the work.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from django.db import transaction
from django.utils import timezone

from lib.addresses import address_key, normalise
from lib.characters import composed, one_line, with_shorter_runs
from lib.entities import without_entities
from subscribers import consent, suppression
from subscribers.confirmation_link import ConfirmationLink
from subscribers.consent import NOWHERE
from subscribers.messages.confirmation import CONFIRMATION, ConfirmationContext
from subscribers.messages.join_requests import JOIN_RECEIVED, JoinContext
from subscribers.messages.posting import has_room, post_to_subscriber
from subscribers.messages.preferences_link import PREFERENCES_LINK, PreferencesLinkContext
from subscribers.messages.welcome import WELCOME
from subscribers.models import (
    ConsentRecord,
    MailingList,
    OptIn,
    Subscriber,
    Subscription,
    Topic,
    TopicSelection,
)
from subscribers.signup import joining, reminding
from subscribers.visitors import Visit

logger = logging.getLogger(__name__)

# A confirmation link names each subscription; more would make an address longer than mail programs wrap well.
MOST_LISTS_AT_ONCE = 20
LONGEST_NAME = 100
_AGREED = (Subscription.Status.CONFIRMED, Subscription.Status.HELD)


class SignupOutcome(Enum):
    """What became of a request. For staff and logs: never shown to the public."""

    CONFIRMATION_QUEUED = auto()
    ALREADY_SUBSCRIBED = auto()
    SUBSCRIBED = auto()  # without a confirmation: single opt-in
    SUPPRESSED = auto()
    LIMITED = auto()


@dataclass(frozen=True)
class SignupRequest:
    """What somebody asked for."""

    email: str
    lists: Sequence[MailingList]
    topics: Sequence[Topic] = ()
    name: str = ""
    language: str = ""
    visit: Visit = NOWHERE
    source: ConsentRecord.Source = ConsentRecord.Source.FORM
    staff: str = ""
    asked_at: datetime | None = None  # None: now


def clean_name(raw: str) -> str:
    """A name in one line, as it was meant; it ends up in mails and lists. Every kind of space becomes the plain one:
    a no-break space comes from copying, and the name would not be found by typing it."""
    line = one_line(composed(with_shorter_runs(without_entities(raw[:LONGEST_NAME]))))
    return " ".join(line.split())[:LONGEST_NAME]


def request_subscription(request: SignupRequest) -> SignupOutcome:
    """Ask for subscriptions. Raises `BadAddress`; everything else that can be is an `SignupOutcome`."""
    email = normalise(request.email)
    if not 1 <= len(request.lists) <= MOST_LISTS_AT_ONCE:
        raise ValueError(f"a request is for 1 to {MOST_LISTS_AT_ONCE} lists")
    with transaction.atomic():
        if suppression.is_suppressed(email):
            outcome = SignupOutcome.SUPPRESSED
        else:
            person = _person(email, request)
            outcome = _ask(person, request)
    logger.info("Sign-up request: %s", outcome.name.lower())
    return outcome


def _person(email: str, request: SignupRequest) -> Subscriber:
    typed = {"name": clean_name(request.name), "language": request.language}
    # Staff may add somebody whose address was suppressed before there was a person.
    new: dict[str, Any] = {"email": email, **typed, "is_suppressed": lambda: suppression.is_suppressed(email)}
    person, created = Subscriber.objects.get_or_create(email_key=address_key(email), defaults=new)
    if created:
        return person
    person = Subscriber.objects.select_for_update().get(pk=person.pk)
    # The mail goes to the spelling just typed: of two that are one address to us, a server may know the other only.
    typed["email"] = email
    changed = {field: value for field, value in typed.items() if value and value != getattr(person, field)}
    # Typing the address of a confirmed reader does not rename or move them, nor change their language.
    if changed and not person.subscriptions.filter(confirmed_at__isnull=False).exists():
        for field, value in changed.items():
            setattr(person, field, value)
        person.save(update_fields=[*changed, "updated_at"])
    return person


def _ask(person: Subscriber, request: SignupRequest) -> SignupOutcome:
    known = {
        subscription.mailing_list_id: subscription
        for subscription in person.subscriptions.filter(mailing_list__in=request.lists)
    }
    wanted = [
        mailing_list
        for mailing_list in request.lists
        if mailing_list.pk not in known or known[mailing_list.pk].status not in _AGREED
    ]
    if not wanted:
        return _answer_again(person, [each for each in known.values() if each.status == Subscription.Status.HELD])
    at_once = _is_enough(request, wanted, known)
    if not has_room(person, WELCOME if at_once else CONFIRMATION):
        return SignupOutcome.LIMITED
    now = request.asked_at or timezone.now()
    asked = [_pending(person, mailing_list, known, request, now) for mailing_list in wanted]
    if at_once:
        joining.accept_consent(person, asked, visit=request.visit, detail="single opt-in", by_form=True)
        return SignupOutcome.SUBSCRIBED
    post_to_subscriber(person, CONFIRMATION, ConfirmationContext(tuple(s.pk for s in asked), int(now.timestamp())))
    return SignupOutcome.CONFIRMATION_QUEUED


def _answer_again(person: Subscriber, held: list[Subscription]) -> SignupOutcome:
    """They have, or wait for, all that they ask for."""
    kind = JOIN_RECEIVED if held else PREFERENCES_LINK
    if not has_room(person, kind):
        return SignupOutcome.LIMITED
    if held:
        post_to_subscriber(person, JOIN_RECEIVED, JoinContext(tuple(each.pk for each in held)))
    else:
        post_to_subscriber(person, PREFERENCES_LINK, PreferencesLinkContext(already=True))
    return SignupOutcome.ALREADY_SUBSCRIBED


def _is_enough(request: SignupRequest, wanted: Sequence[MailingList], known: dict[int, Subscription]) -> bool:
    """Whether the form itself confirms: it does for lists with single opt-in alone, which an owner chose, and never
    brings back somebody who left. One list that asks for a confirmation makes the mail ask for all of them."""
    return (
        request.source == ConsentRecord.Source.FORM
        and all(mailing_list.opt_in == OptIn.SINGLE for mailing_list in wanted)
        and all(_never_left(known.get(mailing_list.pk)) for mailing_list in wanted)
    )


def _never_left(subscription: Subscription | None) -> bool:
    return subscription is None or (subscription.unsubscribed_at is None and subscription.confirmed_at is None)


def _pending(
    person: Subscriber, mailing_list: MailingList, known: dict[int, Subscription], request: SignupRequest, now: datetime
) -> Subscription:
    subscription = known.get(mailing_list.pk) or Subscription(subscriber=person, mailing_list=mailing_list)
    subscription.status = Subscription.Status.PENDING
    subscription.requested_at = now
    subscription.remind_at = reminding.reminder_due_at(now)
    subscription.origin = request.visit.origin
    subscription.selection = select_topics(mailing_list, request.topics)
    subscription.save()
    consent.record(
        person,
        ConsentRecord.Action.ASKED,
        request.source,
        mailing_list=mailing_list,
        visit=request.visit,
        wording=consent.signup_wording() if request.source == ConsentRecord.Source.FORM else "",
        staff=request.staff,
        at=now,
    )
    return subscription


def select_topics(mailing_list: MailingList, topics: Sequence[Topic]) -> TopicSelection | None:
    """The chosen topics that this list has. None, which means all of them, when nothing of it was chosen."""
    if not topics:
        return None
    offered = set(mailing_list.topics.values_list("pk", flat=True))
    return TopicSelection.of([topic for topic in topics if topic.pk in offered])


def add_confirmed(request: SignupRequest, *, note: str) -> None:
    """Staff add somebody who agreed elsewhere; the note says where and when, and stands in the history."""
    email = normalise(request.email)
    with transaction.atomic():
        person = _person(email, request)
        known = {s.mailing_list_id: s for s in person.subscriptions.filter(mailing_list__in=request.lists)}
        now = timezone.now()
        for mailing_list in request.lists:
            subscription = _pending(person, mailing_list, known, request, now)
            joining.mark_confirmed(subscription, request.source, detail=note, staff=request.staff)


# --- Confirming -------------------------------------------------------------------------------------------------


class ConfirmationState(Enum):
    """Where the subscriptions of a confirmation link stand."""

    PENDING = auto()  # the button confirms
    CONFIRMED = auto()  # confirmed by this very request
    ALREADY_CONFIRMED = auto()
    HELD = auto()  # confirmed, and waits for staff to approve it
    UNSUBSCRIBED_SINCE = auto()
    EXPIRED = auto()
    SUPPRESSED = auto()
    ERASED = auto()  # the person, since the link was made


@dataclass(frozen=True)
class Confirmation:
    state: ConfirmationState
    subscriptions: Sequence[Subscription] = ()

    @property
    def subscriber(self) -> Subscriber | None:
        return self.subscriptions[0].subscriber if self.subscriptions else None


def find_confirmation(link: ConfirmationLink) -> Confirmation:
    """What the link confirms and whether it still can. Changes nothing."""
    subscriptions = list(
        Subscription.objects.filter(pk__in=link.subscription_ids)
        .select_related("subscriber", "mailing_list", "selection")
        .prefetch_related("selection__topics")
        .order_by("mailing_list__position", "mailing_list__name")
    )
    if not subscriptions:
        return Confirmation(ConfirmationState.ERASED)
    statuses = {subscription.status for subscription in subscriptions}
    person = subscriptions[0].subscriber
    # The list itself too: an address that was suppressed while its first request was being written has no flag.
    if person.is_suppressed or suppression.is_suppressed(person.email):
        state = ConfirmationState.SUPPRESSED
    elif Subscription.Status.PENDING in statuses:
        state = ConfirmationState.EXPIRED if timezone.now() > link.valid_until else ConfirmationState.PENDING
    elif Subscription.Status.CONFIRMED in statuses:
        state = ConfirmationState.ALREADY_CONFIRMED
    elif Subscription.Status.HELD in statuses:
        state = ConfirmationState.HELD
    else:
        state = ConfirmationState.UNSUBSCRIBED_SINCE
    return Confirmation(state, subscriptions)


def confirm(link: ConfirmationLink, *, visit: Visit = NOWHERE) -> Confirmation:
    """Confirm what the link names and is still pending; a second time says so and changes nothing."""
    with transaction.atomic():
        owners = Subscription.objects.filter(pk__in=link.subscription_ids).values("subscriber")
        list(Subscriber.objects.select_for_update().filter(pk__in=owners))
        found = find_confirmation(link)
        if found.state is not ConfirmationState.PENDING:
            return found
        person = found.subscriptions[0].subscriber
        pending = [s for s in found.subscriptions if s.status == Subscription.Status.PENDING]
        joining.accept_consent(person, pending, visit=visit)
    held = all(s.status == Subscription.Status.HELD for s in pending)
    return Confirmation(ConfirmationState.HELD if held else ConfirmationState.CONFIRMED, found.subscriptions)


def resend_confirmation(
    person: Subscriber,
    subscription_ids: Sequence[int] = (),
    *,
    visit: Visit = NOWHERE,
    source: ConsentRecord.Source = ConsentRecord.Source.FORM,
    staff: str = "",
    detail: str = "a new confirmation mail",
) -> SignupOutcome:
    """A new confirmation mail for what is still pending (of these subscriptions, when given), with a new link."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=person.pk)
        pending = list(person.subscriptions.filter(status=Subscription.Status.PENDING).select_related("mailing_list"))
        if subscription_ids:
            pending = [subscription for subscription in pending if subscription.pk in subscription_ids]
        if not pending:
            return SignupOutcome.ALREADY_SUBSCRIBED
        if person.is_suppressed:
            return SignupOutcome.SUPPRESSED
        if not has_room(person, CONFIRMATION):
            return SignupOutcome.LIMITED
        now = timezone.now()
        for subscription in pending[:MOST_LISTS_AT_ONCE]:
            subscription.requested_at = now
            subscription.remind_at = reminding.reminder_due_at(now)
            subscription.save(update_fields=["requested_at", "remind_at"])
            consent.record(
                person,
                ConsentRecord.Action.ASKED,
                source,
                mailing_list=subscription.mailing_list,
                visit=visit,
                detail=detail,
                staff=staff,
            )
        named = tuple(s.pk for s in pending[:MOST_LISTS_AT_ONCE])
        post_to_subscriber(person, CONFIRMATION, ConfirmationContext(named, int(now.timestamp())))
    return SignupOutcome.CONFIRMATION_QUEUED
