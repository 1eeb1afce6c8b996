"""What many events say together: of an address, of an edition, of a domain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from mail.models import Message
from mail.return_paths import message_path
from newsletters.delivery.ledger import dead_addresses
from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.events.receiving.mail import receive
from newsletters.models import Edition, Feedback, StoppedDomain
from subscribers import erasure, merging
from subscribers.models import Subscriber, Subscription
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.sent_mail import (
    BLOCKED,
    FULL,
    NO_ROUTE,
    UNKNOWN,
    bounce,
    is_suppressed,
    path_of,
    sending,
    sent_to,
)  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
Effect = Feedback.Effect


def test_a_refusal_by_policy_stops_the_domain_and_suppresses_nobody(edition: Edition, ada: Subscriber) -> None:
    sending(edition)
    others = [make_reader(make_list(), email=f"r{n}@reader.example") for n in range(2)]
    sent_to(edition, *others)
    for person in (ada, *others):
        assert not StoppedDomain.objects.exists()
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
        assert not is_suppressed(person)
    stopped = StoppedDomain.objects.get()
    assert (stopped.edition, stopped.domain) == (edition, "reader.example")
    assert "Spamhaus" in stopped.words


def test_nobody_s_word_makes_a_domain_refuse(edition: Edition, ada: Subscriber) -> None:
    """Readers who are gone name another domain in bounces that they wrote themselves."""
    sending(edition)
    others = [make_reader(make_list(), email=f"r{n}@attacker.example") for n in range(4)]
    sent_to(edition, *others)
    paths = [path_of(edition, person) for person in others]
    for person in others:
        erasure.erase(person, note="asked", by="Ada")
    for path in paths:
        receive(bounce(path, "victim@large.example", BLOCKED))
    assert not StoppedDomain.objects.exists()


def test_a_large_domain_is_not_stopped_for_three_of_its_readers(edition: Edition, ada: Subscriber) -> None:
    sending(edition)
    people = [make_reader(make_list(), email=f"r{number}@large.example") for number in range(70)]
    sent_to(edition, *people)
    for person in people[:3]:
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
    assert not StoppedDomain.objects.exists()
    for person in people[3:4]:
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
    assert StoppedDomain.objects.get().domain == "large.example"


def test_somebody_who_has_joined_again_since_stays(edition: Edition, ada: Subscriber) -> None:
    event = MailEvent(
        EventKind.UNSUBSCRIBE, "told late", MailTarget(edition=edition.pk, subscriber=ada.pk),
        timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    take_effect("postmark", [event])
    assert ada.subscriptions.get().status == Subscription.Status.CONFIRMED


def test_many_messages_that_bounce_within_an_hour_are_not_believed() -> None:
    people = [make_reader(make_list(), email=f"r{number}@reader.example") for number in range(13)]
    for person in people:
        message = Message.objects.create(kind="confirmation", address=person.email, due_at=timezone.now(), state="sent")
        receive(bounce(message_path(message.pk, ""), person.email, UNKNOWN))
    effects = list(Feedback.objects.order_by("pk").values_list("effect", flat=True))
    assert effects == [Effect.SUPPRESSED] * 10 + [Effect.UNBELIEVED] * 3


def test_one_bounce_does_not_hurry_what_waits_for_its_minute(edition: Edition, ada: Subscriber) -> None:
    """What a server says while we send waits, in case it is wrong about everybody."""
    people = [make_reader(make_list(), email=f"r{number}@reader.example") for number in range(8)]
    dead_addresses.record([(edition.pk, person.pk, person.email) for person in people])
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    assert is_suppressed(ada)
    assert not any(is_suppressed(person) for person in people)


def test_soft_bounces_of_so_many_mails_suppress(ada: Subscriber) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    for number in range(5):
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        assert is_suppressed(ada) is False
        for _again in range(3):  # one mail counts once, however often servers write about it
            at = timezone.now() + timedelta(seconds=_again)
            receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE, at=at))
        assert is_suppressed(ada) is (number == 4)
    assert set(Feedback.objects.values_list("effect", flat=True)) >= {Effect.COUNTED, Effect.SUPPRESSED}


def test_full_mailboxes_are_counted_apart(ada: Subscriber) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    for said in (NO_ROUTE, FULL) * 4:
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        receive(bounce(path_of(edition, ada), ada.email, said))
    assert not is_suppressed(ada)
    assert Feedback.objects.filter(kind="full").count() == Feedback.objects.filter(kind="soft").count() == 4


def test_a_person_who_was_merged_is_suppressed_under_the_address_that_bounced(ada: Subscriber) -> None:
    other = make_reader(make_list(), email="other@reader.example")
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    path = path_of(edition, ada)
    merging.merge(other, ada, email="ada@reader.example", note="one person", by="Ada")
    receive(bounce(path, "ada@reader.example", UNKNOWN))
    assert is_suppressed(other)
    assert Feedback.objects.get().effect == Effect.SUPPRESSED
