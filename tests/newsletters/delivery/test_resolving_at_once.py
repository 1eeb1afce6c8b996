"""Several people and processes decide about the same mails at once: one of them does it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from mail.results import Result, Verdict
from mail.transport import Outgoing
from newsletters.delivery import resolving
from newsletters.delivery.engine import reconciling, sending
from newsletters.delivery.ledger import writing
from newsletters.delivery.ledger.members import Member
from newsletters.editions.transitions import Refused
from newsletters.models import Attempt, Delivery, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Elsewhere, Scripted, answered, wait_for_a_blocked_session
from tests.newsletters.delivery.editions_in_doubt import ACTIONS, doubt, refuse, sent_with
from tests.newsletters.delivery.engine.sums import finish, readers, sums


@pytest.mark.parametrize(("action", "answer"), [(resolving.resend, doubt), (resolving.retry_failed, refuse)])
def test_of_two_who_press_at_once_one_does_it(
    newsletter: Newsletter, scripted: Scripted, settings: Settings, action: Any, answer: Any
) -> None:
    settings.CHUNK_SIZE = 5
    edition = sent_with(newsletter, scripted, 20, answer)
    barrier, decisions = threading.Barrier(4), list[int]()

    def press(who: str) -> None:
        barrier.wait()
        try:
            decisions.append(action(edition.pk, by=who).changed)
        except Refused:
            decisions.append(0)
        finally:
            connection.close()

    people = [threading.Thread(target=press, args=[name]) for name in ("Ada", "Bea", "Cleo", "Dora")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sum(decisions) == 20
    assert sums(edition) == {"candidates": 20, "retrying": 20}
    assert Attempt.objects.filter(outcome=Outcome.RETRYING).count() == 20
    sending.send_slice()
    assert set(Counter(scripted.sent).values()) == {1}
    assert len(scripted.sent) == 20


@pytest.mark.postgres_only
@pytest.mark.parametrize("action", [resolving.mark_as_sent, resolving.resend])
def test_a_decision_waits_for_a_sender_who_settles_a_late_answer(
    newsletter: Newsletter, scripted: Scripted, action: Any
) -> None:
    """Both lock the chunk before its rows, so neither waits for the other forever; the answer counts, and the person
    decides about the others."""
    edition = sent_with(newsletter, scripted, 3, doubt)
    person = Elsewhere(lambda: action(edition.pk, by="Ada").changed)
    with transaction.atomic():
        chunk = writing.lock_chunks().get()
        person.start()
        wait_for_a_blocked_session()
        late = Delivery.objects.order_by("pk")[0]
        writing.settle(chunk, [Result(Member(late.subscriber_id, late.variant), Verdict.REJECTED)])
        writing.save_counters(chunk)
    person.join()
    assert person.came == 2
    assert sums(edition)["rejected"] == 1


@pytest.mark.postgres_only
def test_an_edition_is_not_finished_while_somebody_tries_its_readers_again(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    """The reconcile has seen that all is settled; before it can say so, a person has made a retry chunk."""
    edition = sent_with(newsletter, scripted, 2, doubt)
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENDING)
    other = Elsewhere(lambda: reconciling.reconcile(timezone.now()))
    with transaction.atomic():
        resolving.resend(edition.pk, by="Ada")
        other.start()
        wait_for_a_blocked_session()
    other.join()
    assert isinstance(other.came, reconciling.DueWork), other.came
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENDING
    sending.send_slice()
    assert sums(edition)["accepted"] == 2


def test_whatever_is_pressed_and_answered_the_ledger_sums(
    newsletter: Newsletter, scripted: Scripted, settings: Settings
) -> None:
    settings.CHUNK_SIZE = 4
    chance = random.Random(5)

    def any_answer(mail: Outgoing) -> Result:
        code = chance.choice([0, 250, 451, 550])
        return answered(mail, code, "") if code else doubt(mail)

    readers(newsletter, 18)
    edition = start(make_edition(newsletter))
    scripted.answer = any_answer
    for _turn in range(12):
        sending.send_slice()
        sums(edition)
        settled = list(Delivery.objects.order_by("pk").values_list("subscriber_id", flat=True))
        some = chance.choice([None, chance.sample(settled, k=min(6, len(settled)))])
        try:
            chance.choice(ACTIONS)(edition.pk, by="Ada", subscriber_ids=some)
        except Refused as refusal:
            assert str(refusal)
        sums(edition)
        finish(edition)
    assert sums(edition)["candidates"] == 18


@pytest.mark.parametrize(("action", "answer"), [(resolving.mark_as_sent, doubt), (resolving.retry_failed, refuse)])
def test_the_work_of_a_decision_does_not_grow_with_its_mails(
    newsletter: Newsletter, scripted: Scripted, settings: Settings, action: Any, answer: Any
) -> None:
    """Forty mails in twenty chunks cost what four in two do."""
    counts = []
    for number in (4, 36):
        settings.CHUNK_SIZE = 2
        edition = sent_with(newsletter, scripted, number, answer)  # with the readers of the edition before: 4, then 40
        settings.CHUNK_SIZE = 1000
        with CaptureQueriesContext(connection) as captured:
            action(edition.pk, by="Ada")
        counts.append(len(captured))
        assert sums(edition)["candidates"] in {4, 40}
    assert counts[1] <= counts[0] + 2  # what is kept for a second may have to be asked for again
