"""What a person decides: who was in doubt was sent to or is sent to again, who was refused is tried again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.delivery import resolving
from newsletters.delivery.engine import claiming, handing_out, reconciling, sending
from newsletters.delivery.ledger.outcomes import ALLOWED
from newsletters.delivery.limits import rate_limits
from newsletters.delivery.resolving import Decided
from newsletters.editions import transitions
from newsletters.editions.transitions import Refused
from newsletters.models import Attempt, Chunk, Delivery, Edition, Newsletter, RateLimit
from newsletters.models.deliveries import Outcome
from subscribers import suppression
from subscribers.models import Subscriber, Subscription, Suppression
from tests.factories import make_edition, make_reader, queue, start
from tests.newsletters.delivery.conftest import Scripted, answered
from tests.newsletters.delivery.editions_in_doubt import ACTIONS, doubt, refuse, sent_with
from tests.newsletters.delivery.engine.sums import finish, readers, sums
from tests.newsletters.delivery.engine.test_claiming import accepted, hand_out, take_up


def test_a_person_and_nobody_else_reopens_what_is_final() -> None:
    again = {Outcome.ACCEPTED, Outcome.RETRYING, Outcome.DEFERRED, Outcome.REJECTED}
    assert ALLOWED[Outcome.IN_DOUBT] == again
    assert ALLOWED[Outcome.REJECTED] == {Outcome.RETRYING}
    assert not {Outcome.ACCEPTED, Outcome.SKIPPED, Outcome.CANCELLED} & set(ALLOWED)


# --- They were sent -----------------------------------------------------------------------------------------------
def test_who_was_in_doubt_counts_as_accepted_when_a_person_says_so(newsletter: Newsletter, scripted: Scripted) -> None:
    edition = sent_with(newsletter, scripted, 5, doubt)
    assert resolving.mark_as_sent(edition.pk, by="Ada") == Decided(5)
    assert sums(edition) == {"candidates": 5, "accepted": 5}
    assert set(Delivery.objects.values_list("reason", "reply")) == {("set_by_staff", "Ada: was sent")}
    attempts = Attempt.objects.filter(outcome=Outcome.ACCEPTED)
    assert list(attempts.values_list("reply", flat=True)) == ["Ada: was sent"] * 5
    sending.send_slice()
    assert finish(edition) == "sent"
    assert scripted.sent == []


def test_only_the_chosen_are_settled_and_who_is_no_longer_in_doubt_is_said(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    edition = sent_with(newsletter, scripted, 4, doubt)
    first, second, *_others = Delivery.objects.order_by("pk").values_list("subscriber_id", flat=True)
    assert resolving.mark_as_sent(edition.pk, by="Ada", subscriber_ids=[first]) == Decided(1)
    decided = resolving.mark_as_sent(edition.pk, by="Bea", subscriber_ids=[first, second, second])
    assert decided == Decided(1, {"already_resolved": 1})
    assert sums(edition) == {"candidates": 4, "accepted": 2, "in_doubt": 2}
    with pytest.raises(Refused, match="None of these emails is in doubt now"):
        resolving.mark_as_sent(edition.pk, by="Bea", subscriber_ids=[first])


def test_doubts_of_a_cancelled_edition_can_be_settled_but_nobody_is_sent_it_again(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    edition = sent_with(newsletter, scripted, 3, doubt)
    Edition.objects.update(status="cancelled")
    with pytest.raises(Refused, match="was cancelled, so it can't be resent"):
        resolving.resend(edition.pk, by="Ada")
    assert sums(edition) == {"candidates": 3, "in_doubt": 3}
    assert resolving.mark_as_sent(edition.pk, by="Ada") == Decided(3)
    assert sums(edition) == {"candidates": 3, "accepted": 3}


# --- Send again, try again ----------------------------------------------------------------------------------------
def test_who_is_in_doubt_is_sent_to_again_when_a_person_says_so(newsletter: Newsletter, scripted: Scripted) -> None:
    edition = sent_with(newsletter, scripted, 5, doubt)
    assert resolving.resend(edition.pk, by="Ada") == Decided(5)
    assert sums(edition) == {"candidates": 5, "retrying": 5}
    edition.refresh_from_db()
    assert (edition.status, edition.finished_at) == ("sending", None)
    assert finish(edition) == "sending"
    sending.send_slice()
    assert len(scripted.sent) == 5
    assert sums(edition) == {"candidates": 5, "accepted": 5}
    assert finish(edition) == "sent"
    assert edition.finished_at is not None
    assert Attempt.objects.filter(reply="Ada: send again", outcome=Outcome.RETRYING).count() == 5


def test_in_doubt_once_more_can_be_settled_once_more(newsletter: Newsletter, scripted: Scripted) -> None:
    edition = sent_with(newsletter, scripted, 3, doubt)
    for turn in range(1, 3):
        resolving.resend(edition.pk, by="Ada")
        scripted.answer = doubt
        sending.send_slice()
        assert sums(edition) == {"candidates": 3, "in_doubt": 3}
        assert finish(edition) == "sent"
        assert Chunk.objects.filter(kind="retry").count() == turn
    assert resolving.mark_as_sent(edition.pk, by="Ada") == Decided(3)
    assert sums(edition) == {"candidates": 3, "accepted": 3}


def test_a_refused_mail_is_tried_again_days_later_and_the_edition_is_sent_again(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    edition = sent_with(newsletter, scripted, 4, refuse)
    Edition.objects.update(frozen_at=timezone.now() - timedelta(days=3))
    assert resolving.retry_failed(edition.pk, by="Ada") == Decided(4)
    sending.send_slice()
    assert sums(edition) == {"candidates": 4, "accepted": 4}
    assert finish(edition) == "sent"


def test_a_throttled_domain_is_tried_again_in_chunks_of_its_own_however_late(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    """In a chunk for everybody they would be put off into one of their own, and so be given up after the lifetime."""
    make_reader(newsletter.mailing_list, email="ada@elsewhere.example")
    edition = sent_with(newsletter, scripted, 3, refuse)
    Edition.objects.update(frozen_at=timezone.now() - timedelta(days=3))
    RateLimit.objects.create(domain="example.org", per_second=1000, tokens=1000)
    rate_limits.reload_limits()
    resolving.retry_failed(edition.pk, by="Ada")
    retries = Chunk.objects.filter(kind="retry").order_by("seq")
    assert list(retries.values_list("seq", "group", "n")) == [(1, "", 1), (2, "example.org", 3)]
    sending.send_slice()
    assert sums(edition) == {"candidates": 4, "accepted": 4}


def test_who_is_put_off_after_the_lifetime_is_given_up_at_once(newsletter: Newsletter, scripted: Scripted) -> None:
    edition = sent_with(newsletter, scripted, 2, refuse)
    Edition.objects.update(frozen_at=timezone.now() - timedelta(days=3))
    resolving.retry_failed(edition.pk, by="Ada")
    scripted.answer = lambda mail: answered(mail, 451, "4.2.1 Busy")
    sending.send_slice()
    assert sums(edition) == {"candidates": 2, "rejected": 2}
    assert set(Delivery.objects.values_list("reason", "retry_at")) == {("gave_up", None)}
    assert finish(edition) == "sent"


def test_within_the_lifetime_who_is_put_off_waits_for_the_next_try(newsletter: Newsletter, scripted: Scripted) -> None:
    edition = sent_with(newsletter, scripted, 2, refuse)
    resolving.retry_failed(edition.pk, by="Ada")
    scripted.answer = lambda mail: answered(mail, 451, "4.2.1 Busy")
    sending.send_slice()
    assert sums(edition) == {"candidates": 2, "deferred": 2}
    assert finish(edition) == "sending"
    scripted.answer = lambda mail: answered(mail, 250)
    reconciling.reconcile(timezone.now() + timedelta(hours=1))
    Chunk.objects.filter(state="ready").update(wave=timezone.now())
    sending.send_slice()
    assert sums(edition) == {"candidates": 2, "accepted": 2}
    assert finish(edition) == "sent"


@pytest.mark.parametrize(("action", "answer"), [(resolving.resend, doubt), (resolving.retry_failed, refuse)])
def test_who_may_not_get_it_now_stays_as_they_are_and_is_said(
    newsletter: Newsletter, scripted: Scripted, action: Any, answer: Any
) -> None:
    edition = sent_with(newsletter, scripted, 6, answer)
    suppressed, left, paused, erased, *others = Subscriber.objects.order_by("pk")
    suppression.suppress(suppressed.email, reason=Suppression.Reason.STAFF, by="Ada")
    Subscription.objects.filter(subscriber=left).update(status=Subscription.Status.UNSUBSCRIBED)
    Subscriber.objects.filter(pk=paused.pk).update(paused_until=timezone.now() + timedelta(days=1))
    erased.delete()
    before = sums(edition)
    (outcome,) = set(before) - {"candidates"}
    decided = action(edition.pk, by="Ada")
    assert decided == Decided(2, {"erased": 1, "left": 1, "paused": 1, "suppressed": 1})
    assert sums(edition) == {"candidates": 6, "retrying": 2, outcome: 4}
    sending.send_slice()
    assert sorted(scripted.sent) == [other.email for other in others]
    decided = action(edition.pk, by="Ada")  # nobody is left who could be tried
    assert (decided.changed, sum(decided.left_out.values())) == (0, 4)
    assert finish(edition) == "sent"


@pytest.mark.parametrize("reason", sorted(resolving.HOPELESS))
def test_a_mail_that_cannot_be_made_is_not_tried_again(newsletter: Newsletter, scripted: Scripted, reason: str) -> None:
    edition = sent_with(newsletter, scripted, 3, refuse)
    Delivery.objects.filter(pk=Delivery.objects.order_by("pk")[0].pk).update(reason=reason)
    assert resolving.retry_failed(edition.pk, by="Ada") == Decided(2, {reason: 1})
    assert sums(edition) == {"candidates": 3, "retrying": 2, "rejected": 1}


def test_a_paused_edition_keeps_who_is_to_be_tried_until_it_goes_on(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 3)
    edition = start(make_edition(newsletter))
    scripted.answer = doubt
    sending.send_slice()
    scripted.sent.clear()
    resolving.resend(edition.pk, by="Ada")
    transitions.pause(edition.pk, by="Ada")
    assert sending.send_slice() == 0
    assert sums(edition) == {"candidates": 3, "retrying": 3}
    transitions.resume(edition.pk, by="Ada")
    scripted.answer = lambda mail: answered(mail, 250)
    sending.send_slice()
    assert sums(edition) == {"candidates": 3, "accepted": 3}


def test_each_retry_chunk_holds_a_chunk_size_and_each_mail_is_sent_once(
    newsletter: Newsletter, scripted: Scripted, settings: Settings
) -> None:
    settings.CHUNK_SIZE = 7
    edition = sent_with(newsletter, scripted, 20, refuse)
    assert resolving.retry_failed(edition.pk, by="Ada") == Decided(20)
    retries = Chunk.objects.filter(kind="retry").order_by("seq")
    assert list(retries.values_list("seq", "n", "retrying")) == [(1, 7, 7), (2, 7, 7), (3, 6, 6)]
    assert sums(edition) == {"candidates": 20, "retrying": 20}
    sending.send_slice()
    assert set(Counter(scripted.sent).values()) == {1}
    assert sums(edition) == {"candidates": 20, "accepted": 20}


def test_a_late_answer_does_not_settle_who_is_sent_to_again(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 2)
    edition = start(make_edition(newsletter))
    slow = take_up("slow")
    handed = hand_out(slow, want=2)
    claiming.expire(slow.claim)
    resolving.resend(edition.pk, by="Ada")
    handing_out.settle_late(slow.claim, [accepted(one) for one in handed])
    assert sums(edition) == {"candidates": 2, "retrying": 2}


# --- Refusals, and several at once --------------------------------------------------------------------------------
@pytest.mark.parametrize("action", ACTIONS)
def test_of_what_was_not_sent_nothing_can_be_settled(newsletter: Newsletter, action: Any) -> None:
    readers(newsletter, 1)
    edition = make_edition(newsletter)
    with pytest.raises(Refused, match="Nothing of this edition has been sent yet: it is “draft”"):
        action(edition.pk, by="Ada")
    queue(edition)
    with pytest.raises(Refused, match="it is “queued”"):
        action(edition.pk, by="Ada")
    with pytest.raises(Refused, match="There is no edition with the id 999999"):
        action(999999, by="Ada")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("chosen", [None, [], [12345]])
def test_where_nobody_needs_it_the_press_is_refused_and_changes_nothing(
    newsletter: Newsletter, scripted: Scripted, action: Any, chosen: list[int] | None
) -> None:
    edition = sent_with(newsletter, scripted, 2, lambda mail: answered(mail, 250))
    with pytest.raises(Refused, match=r"(in doubt|rejected)"):
        action(edition.pk, by="Ada", subscriber_ids=chosen)
    assert sums(edition) == {"candidates": 2, "accepted": 2}
    assert finish(edition) == "sent"
