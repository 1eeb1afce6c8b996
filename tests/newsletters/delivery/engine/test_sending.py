"""A whole send in this process: everybody accounted for, nobody twice, and what each answer leads to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from mail.results import Result
from mail.transport import Outgoing, TransportError
from newsletters.delivery.engine import claiming, retrying, sending
from newsletters.delivery.limits import rate_limits
from newsletters.models import Attempt, Chunk, Delivery, Edition, Newsletter, RateLimit
from newsletters.models.deliveries import Outcome
from subscribers import suppression
from subscribers.models import Subscriber, Subscription, Suppression
from tests.factories import make_article, make_edition, make_reader, make_topic, start
from tests.newsletters.delivery.conftest import Scripted, answered
from tests.newsletters.delivery.engine.sums import finish, readers, sums
from tests.processes import wait_until


def test_everybody_gets_it_once_and_the_edition_is_sent(newsletter: Newsletter, scripted: Scripted) -> None:
    people = readers(newsletter, 25)
    edition = start(make_edition(newsletter))
    assert sums(edition) == {"candidates": 25, "waiting": 25}
    assert sending.send_slice() == 25
    assert sums(edition) == {"candidates": 25, "accepted": 25}
    assert sorted(scripted.sent) == sorted(person.email for person in people)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENT, "the sender that settles the last one finishes it"
    assert finish(edition) == Edition.Status.SENT
    assert sending.send_slice() == 0


def test_starting_twice_starts_once(newsletter: Newsletter, scripted: Scripted) -> None:
    from newsletters.delivery.engine import freezing

    readers(newsletter, 3)
    edition = start(make_edition(newsletter))
    assert not freezing.start(edition.pk)
    assert Chunk.objects.count() == 1


def test_each_reader_gets_the_articles_on_their_topics_or_a_reason(newsletter: Newsletter, scripted: Scripted) -> None:
    east, asia, other = make_topic(name="East"), make_topic(name="Asia"), make_topic(name="Other")
    make_reader(newsletter.mailing_list, email="all@example.org")
    make_reader(newsletter.mailing_list, email="east@example.org", topics=[east])
    make_reader(newsletter.mailing_list, email="other@example.org", topics=[other])
    bodies: dict[str, str] = {}
    scripted.answer = lambda mail: bodies.update({mail.email: str(mail.message().body)}) or answered(mail, 250)
    articles = [make_article(title="In the East", topics=[east]), make_article(title="In Asia", topics=[asia])]
    edition = start(make_edition(newsletter, articles=articles))
    sending.send_slice()
    assert set(bodies) == {"all@example.org", "east@example.org"}
    assert "In Asia" in bodies["all@example.org"]
    assert "In the East" in bodies["east@example.org"]
    assert "In Asia" not in bodies["east@example.org"]
    assert sums(edition) == {"candidates": 3, "accepted": 2, "skipped": 1, "skipped_reasons": {"no_topic": 1}}


def test_who_may_not_get_it_any_more_is_skipped_with_the_reason(newsletter: Newsletter, scripted: Scripted) -> None:
    left, erased, suppressed, paused, stays = readers(newsletter, 5)
    edition = start(make_edition(newsletter))
    Subscription.objects.filter(subscriber=left).update(status=Subscription.Status.UNSUBSCRIBED)
    erased.delete()
    suppression.suppress(suppressed.email, reason=Suppression.Reason.STAFF, note="asked by letter", by="Ada")
    Subscriber.objects.filter(pk=paused.pk).update(paused_until=timezone.now() + timedelta(days=1))
    sending.send_slice()
    assert scripted.sent == [stays.email]
    assert sums(edition)["skipped_reasons"] == {"erased": 1, "left": 1, "paused": 1, "suppressed": 1}
    assert finish(edition) == Edition.Status.SENT


def test_leaving_during_the_send_is_honoured(newsletter: Newsletter, scripted: Scripted, settings: Settings) -> None:
    people = readers(newsletter, 200)
    edition = start(make_edition(newsletter))
    gone = people[150:]

    def leave_after_the_first(mail: Outgoing) -> Result:
        if not scripted.sent:
            Subscription.objects.filter(subscriber__in=gone).update(status=Subscription.Status.UNSUBSCRIBED)
        return answered(mail, 250)

    scripted.answer = leave_after_the_first
    sending.send_slice()
    assert not {person.email for person in gone} & set(scripted.sent)
    assert sums(edition) == {"candidates": 200, "accepted": 150, "skipped": 50, "skipped_reasons": {"left": 50}}


def test_a_check_that_is_too_old_is_made_again_before_the_mail_begins(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four are handed out at once and two begin; while those are on their way, somebody who waits behind them leaves,
    and the look at those who wait grows too old."""
    people = readers(newsletter, 12)
    edition = start(make_edition(newsletter))
    too_old_before = [0.0]
    monkeypatch.setattr(Outgoing, "is_stale", property(lambda mail: mail.checked_at < too_old_before[0]))
    both_on_their_way = threading.Barrier(2)

    def slowly(mail: Outgoing) -> Result:
        if mail.email in {people[0].email, people[1].email}:
            both_on_their_way.wait(timeout=30)
            Subscription.objects.filter(subscriber=people[3]).update(status=Subscription.Status.UNSUBSCRIBED)
            too_old_before[0] = time.monotonic()
            both_on_their_way.wait(timeout=30)
        return answered(mail, 250)

    scripted.answer = slowly
    sending.send_slice()
    assert people[3].email not in scripted.sent
    assert sums(edition) == {"candidates": 12, "accepted": 11, "skipped": 1, "skipped_reasons": {"left": 1}}


def test_4xx_is_tried_again_and_5xx_is_not(newsletter: Newsletter, scripted: Scripted) -> None:
    soft, hard, fine = readers(newsletter, 3)
    edition = start(make_edition(newsletter))
    replies = {soft.email: (451, "4.2.1 Busy"), hard.email: (554, "5.7.1 No"), fine.email: (250, "2.0.0 Ok")}
    scripted.answer = lambda mail: answered(mail, *replies[mail.email])
    sending.send_slice()
    assert sums(edition) == {"candidates": 3, "accepted": 1, "deferred": 1, "rejected": 1}
    assert finish(edition) == Edition.Status.SENDING
    deferred = Delivery.objects.get(outcome=Outcome.DEFERRED)
    assert (deferred.subscriber_id, deferred.smtp_code, deferred.enhanced_status) == (soft.pk, 451, "4.2.1")
    assert deferred.retry_at is not None
    assert timedelta(minutes=4) < deferred.retry_at - timezone.now() <= timedelta(minutes=5)
    assert retrying.collect_due(timezone.now()) == 0

    assert retrying.collect_due(timezone.now() + timedelta(minutes=6)) == 1
    assert sums(edition) == {"candidates": 3, "accepted": 1, "retrying": 1, "rejected": 1}
    replies[soft.email] = (250, "2.0.0 Ok now")
    Chunk.objects.update(wave=timezone.now())
    sending.send_slice()
    assert sums(edition) == {"candidates": 3, "accepted": 2, "rejected": 1}
    assert Counter(scripted.sent) == {soft.email: 2, hard.email: 1, fine.email: 1}
    attempts = Attempt.objects.filter(subscriber_id=soft.pk).values_list("outcome", "reply")
    assert list(attempts) == [("deferred", "451 4.2.1 Busy"), ("accepted", "250 2.0.0 Ok now")]
    assert finish(edition) == Edition.Status.SENT


def test_it_gives_up_when_the_newsletters_lifetime_ends(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 1)
    edition = start(make_edition(newsletter))
    Edition.objects.update(frozen_at=timezone.now() - timedelta(hours=24))
    scripted.answer = lambda mail: answered(mail, 451, "4.2.1 Busy")
    sending.send_slice()
    assert Delivery.objects.get().reason == "gave_up"
    assert sums(edition) == {"candidates": 1, "rejected": 1}


def test_the_lifetime_is_that_of_the_approved_content_whatever_the_newsletter_says_since(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    readers(newsletter, 1)
    Newsletter.objects.update(lifetime_hours=48)
    edition = start(make_edition(Newsletter.objects.get()))
    Newsletter.objects.update(lifetime_hours=1)
    Edition.objects.update(frozen_at=timezone.now() - timedelta(hours=47))
    scripted.answer = lambda mail: answered(mail, 451, "4.2.1 Busy")
    sending.send_slice()
    assert sums(edition) == {"candidates": 1, "deferred": 1}


@pytest.mark.parametrize(
    ("reply", "suppressed"),
    [("5.1.1 No such user", True), ("5.7.1 Not from you", False), ("5.2.2 Mailbox full", False)],
)
def test_only_a_refusal_of_the_address_itself_suppresses_it(
    newsletter: Newsletter, scripted: Scripted, reply: str, suppressed: bool
) -> None:
    (reader,) = readers(newsletter, 1)
    start(make_edition(newsletter))
    scripted.answer = lambda mail: answered(mail, 550, reply, stage="rcpt")
    sending.send_slice()
    assert suppression.is_suppressed(reader.email) is suppressed


def test_an_unreachable_server_changes_nobodys_state_and_is_said(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 30)
    edition = start(make_edition(newsletter))

    def unreachable(mail: Outgoing) -> Result:
        raise TransportError("The mail server mail.example:25 cannot be reached: nothing listens there.")

    scripted.answer = unreachable
    sending.send_slice()
    assert sums(edition) == {"candidates": 30, "waiting": 30}
    assert not Delivery.objects.exists()
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENDING
    assert edition.trouble == "The mail server mail.example:25 cannot be reached: nothing listens there."
    assert sending.send_slice() == 0  # the circuit is open: no server is hammered


@pytest.mark.parametrize("kind", list(Chunk.Kind))
def test_whoever_a_slow_server_keeps_waiting_is_not_kept_from_others(
    newsletter: Newsletter, scripted: Scripted, kind: Chunk.Kind
) -> None:
    people = readers(newsletter, 300)
    edition = start(make_edition(newsletter))
    if kind == Chunk.Kind.RETRY:
        scripted.answer = lambda mail: answered(mail, 451)
        sending.send_slice()
        retrying.collect_due(timezone.now() + timedelta(minutes=6))
        Chunk.objects.update(wave=timezone.now())
        scripted.sent.clear()
    answers, stuck = threading.Event(), people[0].email

    def one_hangs(mail: Outgoing) -> Result:
        if mail.email == stuck:
            answers.wait(30)
        time.sleep(0.005)  # as long as the server thinks, so that the slice ends before the edition does
        return answered(mail, 250)

    scripted.answer = one_hangs
    sending.send_slice(seconds=0.4)
    held, rest = Chunk.objects.filter(kind=kind).order_by("seq")
    assert (held.state, held.n, held.handed_to - held.settled) == (Chunk.State.CLAIMED, held.handed_to, 1)
    assert (rest.state, rest.n, rest.handed_to) == (Chunk.State.READY, 300 - held.n, 0)
    assert rest.n > 0
    assert sums(edition)["accepted"] == len(scripted.sent) == held.n - 1
    (elsewhere,) = claiming.claim("another process", timezone.now())
    assert elsewhere.chunk_id == rest.pk
    assert claiming.release_unheld("another process") == 1
    answers.set()
    sending.send_slice()
    assert sums(edition) == {"candidates": 300, "accepted": 300}
    assert Counter(scripted.sent) == {person.email: 1 for person in people}
    assert finish(edition) == Edition.Status.SENT


def test_a_mail_that_cannot_be_made_is_refused_and_the_others_go(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 3)
    edition = start(make_edition(newsletter))

    def unexpected(mail: Outgoing) -> Result:
        if not scripted.sent:
            scripted.sent.append("")
            raise RuntimeError("a bug of ours")
        return answered(mail, 250)

    scripted.answer = unexpected
    sending.send_slice()
    assert sums(edition) == {"candidates": 3, "accepted": 2, "in_doubt": 1}


def test_whoever_begins_late_takes_a_new_token(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All mail is throttled, and some looks grow too old: as many tokens were used as mails began or went stale."""
    RateLimit.objects.create(domain="", per_second=100_000, tokens=100_000)
    rate_limits.reload_limits()
    readers(newsletter, 30)
    edition = start(make_edition(newsletter))
    stale = Counter[str]()
    used = Counter[str]()
    real_take, real_give_back = rate_limits.take_tokens, rate_limits.give_tokens_back

    def take(wanted: Mapping[str, int]) -> dict[str, int]:
        given = real_take(wanted)
        used.update(given)
        return given

    def give_back(taken: Mapping[str, int]) -> None:
        used.subtract(taken)
        real_give_back(taken)

    def too_old(mail: Outgoing) -> bool:
        if stale["all"] < 7:
            stale["all"] += 1
            return True
        return False

    monkeypatch.setattr(rate_limits, "take_tokens", take)
    monkeypatch.setattr(rate_limits, "give_tokens_back", give_back)
    monkeypatch.setattr(Outgoing, "is_stale", property(too_old))
    sending.send_slice()
    assert sums(edition) == {"candidates": 30, "accepted": 30}
    assert stale["all"] == 7
    assert used.total() == 37


def test_a_process_that_ends_waits_for_the_loop_that_is_sending() -> None:
    ends = threading.Event()

    def send() -> None:
        with sending._one_at_a_time:
            ends.wait(30)

    loop = threading.Thread(target=send)
    loop.start()
    wait_until(sending._one_at_a_time.locked, "the loop is at work")
    assert not sending.wait_for_the_end(0.01)
    ends.set()
    assert sending.wait_for_the_end(30)
    loop.join()


def test_many_chunks_are_all_sent(newsletter: Newsletter, scripted: Scripted, settings: Settings) -> None:
    settings.CHUNK_SIZE = 7
    readers(newsletter, 30)
    edition = start(make_edition(newsletter))
    assert Chunk.objects.count() == 5
    sending.send_slice()
    assert sums(edition) == {"candidates": 30, "accepted": 30}
    assert set(Chunk.objects.values_list("state", flat=True)) == {Chunk.State.DONE}
