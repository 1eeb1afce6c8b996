"""What a service tells becomes what Iria does: by service and event, for the mail that it means and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.return_paths import edition_references, message_reference
from newsletters.events.receiving import reading
from newsletters.events.webhooks import tracking
from newsletters.models import Chunk, Delivery, Feedback, RawEvent
from newsletters.models.deliveries import Outcome, Reported
from subscribers import suppression
from subscribers.models import Subscription, Suppression
from tests.newsletters.events.webhooks.conftest import Sent, SetUp, work_off
from tests.newsletters.events.webhooks.payloads import (
    AT,
    KEEP_NO_METADATA,
    TELLERS,
    UNKNOWN_USER,
    Mail,
    postmark,
    provider_id,
    tell,
)
from tests.newsletters.events.webhooks.signing import call_of, signed

pytestmark = pytest.mark.django_db
Send = Callable[..., Sent]
MAIL = Mail("1")
KINDS = ("hard", "soft", "full", "policy", "complaint", "unsubscribe")
QUIET = ("opened", "deferred")


def known(service: str, *kinds: str) -> list[str]:
    """Those of these events that the service has."""
    return [what for what in kinds if tell(service, what, MAIL) is not None]


@pytest.mark.parametrize("service", sorted(TELLERS))
def test_each_event_of_each_service_is_what_it_says(service: str, send: Send, set_up: SetUp, client: Client) -> None:
    set_up(service)
    told = known(service, *KINDS)
    assert len(told) >= 4 or service == "postal"
    sent = send(service, readers=len(told) + 1)
    for number, what in enumerate(told):
        assert call_of(service, what, sent.mail(service, number)).post(client) == 200
    work_off()
    by_kind = {feedback.kind: feedback for feedback in Feedback.objects.all()}
    assert set(by_kind) == set(told)
    addresses = [reader.email for reader in sent.readers]
    suppressed = suppression.suppressed_among(addresses)
    left = set(
        Subscription.objects.filter(status=Subscription.Status.UNSUBSCRIBED).values_list("subscriber_id", flat=True)
    )
    for number, what in enumerate(told):
        feedback, reader = by_kind[what], sent.readers[number]
        assert (feedback.edition_id, feedback.subscriber_id) == (sent.edition.pk, reader.pk)
        assert (feedback.source, feedback.address) == (service, reader.email)
        assert feedback.rule.startswith(f"{service}: ")
        reported = {"complaint": Reported.COMPLAINED, "unsubscribe": None}.get(what, Reported.BOUNCED)
        assert sent.delivery(number).reported == reported, what
        assert (reader.email in suppressed) is (what in {"hard", "complaint"}), what
        assert (reader.pk in left) is (what == "unsubscribe"), what
    assert sent.delivery(len(told)).reported is None
    assert set(RawEvent.objects.values_list("state", "kind", "error")) == {("done", what, "") for what in told}


@pytest.mark.parametrize("service", sorted(TELLERS))
def test_a_delivery_is_written_down_and_what_is_not_the_end_of_a_mail_changes_nothing(
    service: str, send: Send, set_up: SetUp, client: Client
) -> None:
    set_up(service)
    sent = send(service)
    for what in known(service, *QUIET):
        assert call_of(service, what, sent.mail(service)).post(client) == 200
    for what in known(service, "delivered"):
        assert call_of(service, what, sent.mail(service, 1)).post(client) == 200
    work_off()
    assert not Feedback.objects.exists()
    assert sent.delivery().reported is None
    # Mandrill says only that it sent a mail.
    assert sent.delivery(1).reported == (None if service == "mandrill" else Reported.DELIVERED)
    assert not RawEvent.objects.exclude(state=RawEvent.State.DONE).exists()


@pytest.mark.parametrize("service", sorted(TELLERS))
def test_our_reference_finds_a_mail_and_so_does_the_number_of_the_service(
    service: str, send: Send, set_up: SetUp, client: Client
) -> None:
    """A service may tell of a mail before its answer to us, with the number, is written down."""
    set_up(service)
    sent = send(service)
    call_of(service, "hard", sent.mail(service, 1, named=False)).post(client)
    work_off()
    assert Feedback.objects.get().subscriber_id == sent.readers[1].pk
    if service in KEEP_NO_METADATA:
        return
    Delivery.objects.update(provider_id=None)
    call_of(service, "hard", sent.mail(service)).post(client)
    work_off()
    assert Feedback.objects.filter(subscriber_id=sent.readers[0].pk).count() == 1


def test_a_number_that_nobody_knows_yet_is_asked_for_again(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    Delivery.objects.update(provider_id=None)
    call_of("postmark", "hard", sent.mail("postmark", named=False)).post(client)
    work_off()
    assert not Feedback.objects.exists()
    assert RawEvent.objects.get().state == RawEvent.State.WAITING
    Delivery.objects.filter(subscriber_id=sent.readers[0].pk).update(
        provider_id=provider_id("postmark", sent.readers[0].pk)
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        work_off()
    assert Feedback.objects.get().kind == "hard"
    assert RawEvent.objects.get().state == RawEvent.State.DONE


def test_a_number_that_stays_unknown_is_another_program_s(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    send("postmark")
    call_of("postmark", "hard", Mail("somebody-elses", address="reader0@readers.example")).post(client)
    start = timezone.now()
    reads = []
    for minute in range(20):
        due_at = RawEvent.objects.get().due_at
        with time_machine.travel(start + timedelta(minutes=minute), tick=True):
            work_off()
        if RawEvent.objects.get().due_at != due_at:
            reads.append(minute)
    assert len(reads) == len(tracking.AGAIN_AFTER)
    raw = RawEvent.objects.get()
    assert (raw.state, raw.kind, raw.attempts) == (RawEvent.State.DONE, "hard", 1)
    assert not Feedback.objects.exists()
    assert not Suppression.objects.exists()


def test_a_hiccup_while_a_number_is_unknown_gives_no_event_up(send: Send, set_up: SetUp, client: Client) -> None:
    """What was read as planned is no attempt that failed."""
    set_up("postmark")
    send("postmark")
    call_of("postmark", "hard", Mail("somebody-elses", address="reader0@readers.example")).post(client)
    RawEvent.objects.update(attempts=reading.MOST_ATTEMPTS - 1)
    work_off()
    assert RawEvent.objects.get().attempts == 0


@pytest.mark.parametrize("what", ["delivered", "hard", "complaint"])
@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.IN_DOUBT])
def test_what_is_told_before_the_ledger_has_the_mail_is_reported_later(
    what: str, outcome: Outcome, send: Send, set_up: SetUp, client: Client
) -> None:
    set_up("postmark")
    sent = send("postmark")
    row = sent.delivery()
    Delivery.objects.filter(subscriber_id=row.subscriber_id).delete()
    call_of("postmark", what, sent.mail("postmark")).post(client)
    work_off()
    assert RawEvent.objects.get().state == RawEvent.State.WAITING
    row.outcome = outcome
    row.save(force_insert=True)
    Chunk.objects.filter(pk=row.chunk_id).update(n=1, handed_to=1, settled=1, **{str(outcome): 1})
    before = Feedback.objects.count()
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        work_off()
    expected = {"delivered": Reported.DELIVERED, "hard": Reported.BOUNCED, "complaint": Reported.COMPLAINED}[what]
    assert (sent.delivery().reported, sent.delivery().outcome) == (expected, Outcome.ACCEPTED)
    assert RawEvent.objects.get().state == RawEvent.State.DONE
    assert Feedback.objects.count() == before == (what != "delivered")


def test_an_address_alone_suppresses_nobody(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    call_of("postmark", "complaint", Mail("", address=sent.readers[0].email)).post(client)
    work_off()
    assert RawEvent.objects.get().state == RawEvent.State.DONE
    assert not Feedback.objects.exists()


def test_a_reference_that_we_did_not_sign_counts_for_nothing(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    mail = sent.mail("postmark")
    forged = mail.reference[:-1] + ("0" if mail.reference[-1] != "0" else "1")
    call_of("postmark", "hard", replace(mail, provider_id="unknown", reference=forged)).post(client)
    work_off()
    assert not Feedback.objects.exists()


def test_a_test_mail_is_nobodys(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    mail = replace(sent.mail("postmark"), reference=edition_references(sent.edition.pk)(0))
    call_of("postmark", "hard", mail).post(client)
    work_off()
    assert RawEvent.objects.get().state == RawEvent.State.DONE
    assert not Feedback.objects.exists()


def test_a_message_of_the_outbox_is_found_as_well(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("sparkpost")
    sent = send("sparkpost")
    message = Message.objects.create(kind="welcome", address=sent.readers[0].email, due_at=timezone.now())
    mail = Mail("unknown", message_reference(message.pk), message.address)
    call_of("sparkpost", "hard", mail).post(client)
    work_off()
    assert Feedback.objects.get().message_id == message.pk
    assert suppression.suppressed_among([message.address])


def test_a_call_with_many_events_is_read_whole(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("sparkpost")
    sent = send("sparkpost", readers=3)
    told = [each for n in range(3) for each in tell("sparkpost", "soft", sent.mail("sparkpost", n))[0]]  # type: ignore[index]
    assert signed("sparkpost", [*told, {"msys": {}}]).post(client) == 200
    work_off()
    assert RawEvent.objects.get().kind == tracking.SEVERAL
    assert set(Feedback.objects.values_list("subscriber_id", flat=True)) == {reader.pk for reader in sent.readers}


@pytest.mark.parametrize("service", ["sparkpost", "sendgrid", "mandrill", "mailjet"])
def test_one_event_that_cannot_be_read_takes_no_other_with_it(
    service: str, send: Send, set_up: SetUp, client: Client
) -> None:
    set_up(service)
    sent = send(service)
    told = tell(service, "hard", sent.mail(service))
    assert told is not None
    assert signed(service, [17, *told[0], {"nothing": "of theirs"}]).post(client) == 200
    work_off()
    assert Feedback.objects.get().kind == "hard"


def test_the_same_event_told_in_another_call_is_the_same(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("sparkpost")
    sent = send("sparkpost")
    first, second = (tell("sparkpost", "soft", sent.mail("sparkpost", n)) for n in (0, 1))
    assert first is not None and second is not None
    for told in (first[0], [*second[0], *first[0]], first[0]):
        signed("sparkpost", told).post(client)
    work_off()
    assert RawEvent.objects.count() == 2
    assert Feedback.objects.count() == 2


def test_the_time_is_the_service_s_and_never_after_it_was_told(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    with time_machine.travel(AT + 60, tick=True):
        call_of("postmark", "soft", sent.mail("postmark")).post(client)
    with time_machine.travel(AT - 60, tick=True):
        call_of("postmark", "soft", sent.mail("postmark", 1)).post(client)
    work_off()
    first, second = Feedback.objects.order_by("subscriber_id")
    assert first.at.timestamp() == AT
    assert AT - 60 <= second.at.timestamp() < AT - 50


def test_words_and_numbers_beyond_any_column_are_cut(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    long = {"Details": f"smtp;{UNKNOWN_USER} \x00\r\n" + "é" * 100_000, "Email": "a" * 70_000 + "@readers.example"}
    assert signed("postmark", postmark("hard", sent.mail("postmark")) | long).post(client) == 200
    work_off()
    feedback = Feedback.objects.get()
    assert len(feedback.words) == 500
    assert feedback.words.isprintable()
    assert feedback.address == sent.readers[0].email
