"""The brake: a server that says of everybody that they don't exist pauses the edition and suppresses nobody."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from mail.results import Result
from mail.transport import Outgoing
from newsletters.delivery import resolving
from newsletters.delivery.engine import dead_shares, reconciling, sending
from newsletters.delivery.ledger import dead_addresses
from newsletters.delivery.ledger.dead_addresses import Count
from newsletters.editions import transitions
from newsletters.models import Chunk, DeadAddress, Edition, Newsletter
from subscribers import suppression
from subscribers.models import ConsentRecord, Subscriber, Suppression
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Elsewhere, Scripted, answered, wait_for_a_blocked_session
from tests.newsletters.delivery.engine.sums import finish, readers, sums

THINKS = 0.004  # seconds, a server about each mail: without that, an edition is over before anybody can look
UNKNOWN = "5.1.1 No such user"


def refuse(scripted: Scripted, people: list[Subscriber]) -> None:
    emails = {person.email for person in people}

    def answer(mail: Outgoing) -> Result:
        time.sleep(THINKS)
        return answered(mail, 550, UNKNOWN, stage="rcpt") if mail.email in emails else answered(mail, 250)

    scripted.answer = answer


def send(newsletter: Newsletter) -> Edition:
    edition = start(make_edition(newsletter))
    sending.send_slice()
    edition.refresh_from_db()
    return edition


def suppressed() -> int:
    assert Suppression.objects.count() == Subscriber.objects.filter(is_suppressed=True).count()
    return Suppression.objects.count()


@pytest.mark.parametrize(
    ("dead", "answers", "usual", "much"),
    [
        (2, 2, None, False),  # two readers who left their jobs
        (3, 3, None, True),
        (3, 6, None, False),
        (4, 6, 0.01, True),
        (9, 100, 0.01, False),
        (10, 100, 0.01, True),
        (10, 100, 0.04, False),
        (15, 100, None, False),  # a first edition to an old list
        (30, 100, None, True),
        (30, 100, 0.12, False),
        (100, 100, 0.4, True),  # however bad the list is
    ],
)
def test_how_many_are_too_many(dead: int, answers: int, usual: float | None, much: bool) -> None:
    assert Count(dead, answers, usual).is_far_above is much


def test_a_few_are_believed_when_the_edition_is_through(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 60)
    refuse(scripted, people[:4])
    edition = send(newsletter)
    assert edition.status == Edition.Status.SENT
    assert suppressed() == 4
    assert all(suppression.is_suppressed(person.email) for person in people[:4])
    assert set(Suppression.objects.values_list("reason", "note", "by")) == {("bounce", f"550 {UNKNOWN}", "")}


def test_while_an_edition_is_sent_they_are_believed_a_minute_later(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 60)
    refuse(scripted, people[:4])
    edition = send(newsletter)
    Edition.objects.update(status=Edition.Status.SENDING)
    Suppression.objects.all().delete()
    Subscriber.objects.update(is_suppressed=False)
    Subscriber.objects.update(is_suppressed=False)
    DeadAddress.objects.update(state="waiting")
    Chunk.objects.update(state=Chunk.State.CLAIMED)  # others are still at work
    assert finish(edition) == Edition.Status.SENDING
    assert suppressed() == 0
    reconciling.reconcile(timezone.now() + timedelta(minutes=2))
    assert suppressed() == 4


def test_answers_that_were_on_their_way_when_it_was_paused_are_held_with_the_others(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    """Two of them are too few to be far above anything."""
    people = readers(newsletter, 400)
    refuse(scripted, people)
    edition = send(newsletter)
    assert edition.status == Edition.Status.PAUSED
    dead_addresses.hold_waiting(edition.pk)
    late = DeadAddress.objects.filter(edition=edition).order_by("-pk")[:2]
    DeadAddress.objects.filter(pk__in=[row.pk for row in late]).update(state=DeadAddress.State.WAITING)
    dead_shares.judge_waiting(timezone.now() + timedelta(hours=1))
    assert suppressed() == 0
    assert set(DeadAddress.objects.values_list("state", flat=True)) == {DeadAddress.State.HELD}


def test_a_server_that_knows_nobody_any_more_pauses_the_edition_and_suppresses_nobody(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    people = readers(newsletter, 400)
    refuse(scripted, people)
    edition = send(newsletter)
    assert edition.status == Edition.Status.PAUSED
    assert "addresses that they don't exist" in edition.paused_why
    assert edition.paused_why.endswith(f"Last answer: 550 {UNKNOWN}")
    found = sums(edition)
    assert found["waiting"] > 0, "it went on to the end"
    reconciling.reconcile(timezone.now() + timedelta(hours=1))
    assert suppressed() == 0
    assert set(DeadAddress.objects.values_list("state", flat=True)) == {"held"}

    # Resumed at the same server, it is paused again, and the ones from before stay held.
    transitions.resume(edition.pk, by="Ada")
    sending.send_slice()
    edition.refresh_from_db()
    assert edition.status == Edition.Status.PAUSED
    assert suppressed() == 0

    # The server is mended: everybody gets it, once.
    scripted.answer = lambda mail: answered(mail, 250)
    resolving.retry_failed(edition.pk, by="Ada")
    transitions.resume(edition.pk, by="Ada")
    sending.send_slice()
    assert finish(edition) == Edition.Status.SENT
    assert sums(edition) == {"candidates": 400, "accepted": 400}
    assert suppressed() == 0
    assert not DeadAddress.objects.exists()


def test_a_server_that_goes_wrong_in_the_middle_is_noticed_by_its_last_answers(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    readers(newsletter, 1500)

    def answer(mail: Outgoing) -> Result:
        time.sleep(THINKS)
        return answered(mail, 550, UNKNOWN, stage="rcpt") if len(scripted.sent) >= 900 else answered(mail, 250)

    scripted.answer = answer
    edition = send(newsletter)
    assert edition.status == Edition.Status.PAUSED
    assert sums(edition)["accepted"] >= 895
    assert sums(edition)["waiting"] > 0
    assert suppressed() == 0


def test_the_smallest_list_is_not_suppressed_as_a_whole(newsletter: Newsletter, scripted: Scripted) -> None:
    refuse(scripted, readers(newsletter, 4))
    edition = send(newsletter)
    assert edition.status == Edition.Status.PAUSED
    assert suppressed() == 0


def test_what_is_usual_is_what_the_lists_last_editions_were(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 300)
    refuse(scripted, people[:3])
    assert send(newsletter).status == Edition.Status.SENT
    assert dead_addresses.usual_share(0) is None
    other = make_edition(newsletter)
    assert dead_addresses.usual_share(other.pk) == 0.01

    refuse(scripted, people[3:33])  # 10 %: too many for this list, not for a new one
    edition = send(newsletter)
    assert edition.status == Edition.Status.PAUSED
    assert "usually 1.0%" in edition.paused_why
    assert suppressed() == 3


def test_a_person_says_that_they_are_dead_and_the_edition_goes_on(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 300)
    refuse(scripted, people[:150])
    edition = send(newsletter)
    held = DeadAddress.objects.filter(state="held").count()
    moved, gone = Subscriber.objects.filter(pk__in=DeadAddress.objects.values("subscriber_id")).order_by("pk")[:2]
    Subscriber.objects.filter(pk=moved.pk).update(email="new-address@readers.example")
    Subscriber.objects.filter(pk=gone.pk).delete()
    assert dead_addresses.suppress_held(edition.pk, by="Ada") == held - 2
    assert not suppression.is_suppressed("new-address@readers.example"), "that isn't the address that was refused"
    transitions.resume(edition.pk, by="Ada")
    sending.send_slice()
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENT, "a person has looked: the same share is no surprise"
    assert suppressed() == 148
    assert set(DeadAddress.objects.values_list("state", flat=True)) == {"suppressed"}


def test_a_person_keeps_them_and_releases_whoever_was_suppressed(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 60)
    refuse(scripted, people[:5])
    edition = send(newsletter)
    assert suppressed() == 5
    complained = people[0]
    suppression.release(complained.email, note="", by="Ada")
    suppression.suppress(complained.email, reason=Suppression.Reason.COMPLAINT)
    assert dead_addresses.keep_all(edition.pk, by="Ada") == 5
    assert suppressed() == 1, "a complaint stays"
    assert ConsentRecord.objects.filter(action=ConsentRecord.Action.RELEASED, staff="Ada").count() == 5
    assert dead_addresses.keep_all(edition.pk, by="Bert") == 0


def test_keeping_them_releases_no_address_that_somebody_has_got_since(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    people = readers(newsletter, 60)
    refuse(scripted, people[:5])
    edition = send(newsletter)
    Subscriber.objects.filter(pk=people[0].pk).update(email="new-address@readers.example")
    suppression.suppress("new-address@readers.example", reason=Suppression.Reason.BOUNCE)
    assert dead_addresses.keep_all(edition.pk, by="Ada") == 5
    assert suppression.is_suppressed("new-address@readers.example")


@pytest.mark.postgres_only
def test_what_a_person_keeps_meanwhile_is_not_suppressed(newsletter: Newsletter, scripted: Scripted) -> None:
    refuse(scripted, readers(newsletter, 60)[:5])
    edition = start(make_edition(newsletter))
    sending.send_slice()
    waiting = DeadAddress.objects.filter(edition=edition)
    waiting.update(state="waiting")
    Suppression.objects.all().delete()
    Subscriber.objects.update(is_suppressed=False)
    with transaction.atomic():
        assert waiting.select_for_update().count() == 5 and list(waiting.select_for_update())
        sender = Elsewhere(lambda: dead_addresses.suppress_waiting(edition.pk, timezone.now()))
        sender.start()
        wait_for_a_blocked_session()
        waiting.update(state="kept")
    sender.join()
    assert sender.came == 0
    assert suppressed() == 0


def test_the_command_decides_and_says_how_many(newsletter: Newsletter, scripted: Scripted) -> None:
    refuse(scripted, readers(newsletter, 5))
    edition = send(newsletter)

    def command(*words: str) -> Any:
        out = StringIO()
        call_command("editions", *words, "--json", stdout=out)
        return json.loads(out.getvalue())

    assert command("dead-addresses", str(edition.pk)) == {"id": edition.pk, "changed": 0, "held": 5}
    assert command("dead-addresses", str(edition.pk), "--suppress")["suppressed"] == 5
    assert suppressed() == 5
    assert command("dead-addresses", str(edition.pk), "--keep") == {"id": edition.pk, "changed": 5, "kept": 5}
    assert suppressed() == 0
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("editions", "cancel", str(edition.pk), "--keep")
