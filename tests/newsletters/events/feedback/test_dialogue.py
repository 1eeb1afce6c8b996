"""Refusals in the SMTP dialogue, of editions and of messages, count like those that come back as mail."""

from __future__ import annotations

import pytest
from django.utils import timezone

from mail.models import Message
from mail.outbox import rejections
from mail.results import Result, Verdict
from mail.send_reasons import SendReason
from newsletters.delivery.ledger import dialogue_bounces, writing
from newsletters.delivery.ledger.members import Member
from newsletters.events.feedback import dialogue, effects
from newsletters.events.feedback.dialogue import act_on_waiting
from newsletters.events.feedback.matching import Matched
from newsletters.events.receiving.mail import receive
from newsletters.models import Chunk, Edition, Feedback
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.sent_mail import NO_ROUTE, bounce, path_of, sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
Effect = Feedback.Effect


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


def refused(ada: Subscriber, status: str, reply: str) -> Edition:
    """An edition whose mail to her a server refused so."""
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    chunk = Chunk.objects.create(
        edition=edition, wave=timezone.now(), seq=1, members=b"", n=1, handed_to=1, state=Chunk.State.CLAIMED
    )
    result = Result(Member(ada.pk, 0), Verdict.REJECTED, SendReason.REFUSED, 550, status, reply, email=ada.email)
    writing.settle(writing.lock_chunks().get(pk=chunk.pk), [result])
    return edition


@pytest.mark.parametrize(
    ("status", "kind"),
    [("5.2.2", "full"), ("4.2.2", "full"), ("5.4.4", "soft"), ("5.2.1", "soft"), ("5.7.1", None), ("5.1.8", None),
     ("5.3.4", None), ("", None)],
)  # fmt: skip
def test_what_says_something_of_the_address_is_written_down(ada: Subscriber, status: str, kind: str | None) -> None:
    edition = refused(ada, status, f"550 {status} no")
    found = Feedback.objects.first()
    assert (found and found.kind) == kind
    if found is not None:
        assert (found.source, found.edition, found.subscriber_id, found.effect) == (
            "smtp", edition, ada.pk, Effect.WAITING,
        )  # fmt: skip
        assert act_on_waiting() == 1
        found.refresh_from_db()
        assert found.effect == Effect.COUNTED
        assert act_on_waiting() == 0


def test_one_that_cannot_take_effect_holds_up_no_other(ada: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    for _each in range(3):
        refused(ada, "5.4.4", "550 5.4.4 unable to route")
    bad, *rest = Feedback.objects.order_by("pk")
    act_on = effects.act_on

    def fail(row: Feedback, matched: Matched) -> None:
        if row.pk == bad.pk:
            raise RuntimeError("a defect")
        act_on(row, matched)

    monkeypatch.setattr(dialogue, "act_on", fail)
    assert act_on_waiting(most=2) == 2
    assert list(Feedback.objects.filter(effect=Effect.WAITING)) == [bad]
    assert len(rest) == 2
    bad.refresh_from_db()
    assert (bad.attempts, bad.error) == (1, "RuntimeError: a defect")
    assert bad.due_at is not None and not dialogue.anything_waits(), "it waits for its next attempt"
    for attempt in range(2, 6):
        waited = bad.due_at - timezone.now()
        Feedback.objects.update(due_at=timezone.now())
        assert dialogue.anything_waits() and act_on_waiting() == 0
        bad.refresh_from_db()
        assert bad.attempts == attempt
        assert bad.due_at - timezone.now() > 1.9 * waited
    assert bad.effect == Effect.FAILED and not dialogue.anything_waits()
    monkeypatch.undo()
    assert dialogue.try_again(Feedback.objects.all()) == 1
    assert act_on_waiting() == 1
    bad.refresh_from_db()
    assert bad.effect == Effect.COUNTED


def test_a_dead_address_is_left_to_its_own_brake(ada: Subscriber) -> None:
    edition = refused(ada, "5.1.1", "550 5.1.1 no such user")
    assert not Feedback.objects.exists()
    assert edition.dead_addresses.count() == 1


def test_both_sources_feed_one_score(ada: Subscriber) -> None:
    for number in range(5):
        ada.refresh_from_db()
        assert not ada.is_suppressed
        if number % 2:
            refused(ada, "5.4.4", "550 5.4.4 unable to route")
            act_on_waiting()
        else:
            edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
            sent_to(edition, ada)
            receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE))
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_a_confirmation_to_an_address_that_does_not_exist_suppresses_it(ada: Subscriber) -> None:
    message = Message.objects.create(kind="confirmation", address=ada.email, due_at=timezone.now())
    rejections.tell(
        message, Result(message, Verdict.REJECTED, SendReason.REFUSED, 550, "5.1.1", "550 5.1.1 no", email=ada.email)
    )
    assert dialogue.anything_waits()
    act_on_waiting()
    ada.refresh_from_db()
    assert ada.is_suppressed
    assert Feedback.objects.get().effect == Effect.SUPPRESSED


@pytest.mark.parametrize(
    ("status", "kind"),
    [("4.3.0", None), ("4.3.1", None), ("4.7.1", None), ("4.1.8", None), ("", None), ("4.4.1", "soft"),
     ("4.2.2", "full"), ("4.1.2", "soft")],
)  # fmt: skip
def test_what_a_server_out_of_order_says_until_we_give_up_counts_against_nobody(status: str, kind: str | None) -> None:
    assert dialogue_bounces.kind_of(status, gave_up=True) == kind
