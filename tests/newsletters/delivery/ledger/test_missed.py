"""Everybody who was meant to get an edition and did not."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mail.results import Result, Verdict
from mail.send_reasons import SendReason
from mail.transport import Outgoing
from newsletters.delivery.engine import reconciling, sending
from newsletters.delivery.ledger import missed
from newsletters.editions import transitions
from newsletters.models import Chunk, Delivery, Edition, Newsletter
from subscribers.models import Subscriber, Subscription
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Scripted, answered
from tests.newsletters.delivery.engine.sums import finish, readers


def test_each_who_missed_it_is_named_with_the_reason(newsletter: Newsletter, scripted: Scripted) -> None:
    got_it, doubtful, refused, left, erased = readers(newsletter, 5)
    edition = start(make_edition(newsletter))
    Subscription.objects.filter(subscriber=left).update(status=Subscription.Status.UNSUBSCRIBED)

    def answer(mail: Outgoing) -> Result:
        if mail.email == doubtful.email:
            return Result(mail.key, Verdict.IN_DOUBT, reason=SendReason.CONNECTION_LOST)
        return answered(mail, 250 if mail.email == got_it.email else 550, "5.2.2 Full")

    scripted.answer = answer
    sending.send_slice()
    assert finish(edition) == "sent"
    erased_id = erased.pk
    erased.delete()
    found = list(missed.everybody(edition))
    assert [(one.email, one.outcome, one.reason, one.in_doubt) for one in found] == [
        (doubtful.email, "in_doubt", "connection_lost", True),
        (refused.email, "rejected", "final_550", False),
        ("", "rejected", "final_550", False),
        (left.email, "skipped", "left", False),
    ]
    assert found[2].subscriber_id == erased_id
    assert all(one.at for one in found)


def test_of_an_edition_under_way_who_waits_or_is_put_off_has_not_missed_it(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    readers(newsletter, 3)
    edition = start(make_edition(newsletter))
    assert list(missed.everybody(edition)) == []
    scripted.answer = lambda mail: answered(mail, 451, "4.2.1 Busy")
    sending.send_slice()
    assert list(missed.everybody(edition)) == []


@pytest.mark.parametrize("called_off", [False, True])
def test_of_a_cancelled_edition_those_whose_turn_never_came_are_named_too(
    newsletter: Newsletter, scripted: Scripted, settings: Settings, called_off: bool
) -> None:
    """Before and after the reconcile wrote it into the ledger."""
    settings.CHUNK_SIZE = 4
    everybody = readers(newsletter, 10)
    edition = start(make_edition(newsletter))
    first = Chunk.objects.order_by("seq")[0]
    Chunk.objects.exclude(pk=first.pk).update(wave="2100-01-01T00:00:00Z")
    scripted.answer = lambda mail: answered(mail, 451 if mail.email == everybody[0].email else 250, "4.2.1 Busy")
    sending.send_slice()
    edition = transitions.cancel(edition.pk, by="Ada")
    if called_off:
        finish(edition)
    everybody[9].delete()
    found = list(missed.everybody(edition))
    assert [one.email for one in found] == [one.email for one in [everybody[0], *everybody[4:9]]] + [""]
    assert {one.outcome for one in found} == {"cancelled"}
    assert [bool(one.at) for one in found] == [True] + [False] * 6


def test_who_missed_it_comes_in_batches_and_costs_a_query_each(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "AT_ONCE", 10)
    readers(newsletter, 25)
    edition = start(make_edition(newsletter))
    scripted.answer = lambda mail: answered(mail, 552, "5.2.2 Full")
    sending.send_slice()

    def cost(of: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(list(islice(missed.everybody(edition), of))) == of
        return len(captured)

    assert cost(2) == cost(10)
    assert cost(25) - cost(15) == 2  # a page, and its addresses
    assert Counter(one.email for one in missed.everybody(edition)) == Counter(
        Subscriber.objects.values_list("email", flat=True)
    )
    assert Delivery.objects.count() == 25
    assert reconciling.reconcile(edition.queued_at or edition.created_at).chunks_to_send == 0
    assert Edition.objects.get().status == "sent"
