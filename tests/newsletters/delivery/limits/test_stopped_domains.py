"""A domain that refuses an edition gets no more of it until a person says so; everybody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from newsletters.delivery.engine import retrying, sending
from newsletters.delivery.limits import stopped_domains
from newsletters.models import Delivery, Newsletter, StoppedDomain
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber
from tests.factories import make_edition, make_reader, start
from tests.newsletters.delivery.conftest import Scripted
from tests.newsletters.delivery.engine.sums import sums

REFUSING = "xn--mnchen-3ya.example"


@pytest.fixture(autouse=True)
def unread() -> None:
    stopped_domains.reload_stopped()


def test_its_readers_wait_and_all_others_get_it(newsletter: Newsletter, scripted: Scripted) -> None:
    for email in ("a@münchen.example", "b@other.example", "c@MÜNCHEN.example"):
        make_reader(newsletter.mailing_list, email=email)
    edition = start(make_edition(newsletter))
    assert stopped_domains.stop(edition.pk, REFUSING, "550 5.7.1 blocked")
    assert not stopped_domains.stop(edition.pk, REFUSING, "550 5.7.1 blocked again")
    sending.send_slice()
    assert scripted.sent == ["b@other.example"]
    assert sums(edition) == {"candidates": 3, "accepted": 1, "deferred": 2}
    waiting = Delivery.objects.filter(outcome=Outcome.DEFERRED)
    assert set(waiting.values_list("reason", "attempts")) == {("domain_stopped", 0)}

    # Its turn comes again and again, and changes nothing.
    Delivery.objects.filter(outcome=Outcome.DEFERRED).update(retry_at=timezone.now())
    assert retrying.collect_due(timezone.now()) == 2
    sending.send_slice()
    assert sums(edition) == {"candidates": 3, "accepted": 1, "deferred": 2}
    assert set(waiting.values_list("attempts", flat=True)) == {0}

    assert stopped_domains.resume(edition.pk, REFUSING, by="Ada") == 2
    assert retrying.collect_due(timezone.now()) == 2
    sending.send_slice()
    assert sorted(scripted.sent) == [f"a@{REFUSING}", "b@other.example", f"c@{REFUSING}"]
    assert not stopped_domains.stop(edition.pk, REFUSING, "550 5.7.1 and again"), "a person's word stands"


def test_it_is_stopped_for_that_edition_alone(newsletter: Newsletter, scripted: Scripted) -> None:
    make_reader(newsletter.mailing_list, email="a@münchen.example")
    first, second = start(make_edition(newsletter)), start(make_edition(newsletter))
    stopped_domains.stop(first.pk, REFUSING, "no")
    sending.send_slice()
    assert scripted.sent == [f"a@{REFUSING}"]
    assert sums(second)["accepted"] == 1


def test_when_the_time_for_retries_is_over_the_ledger_says_why(newsletter: Newsletter, scripted: Scripted) -> None:
    make_reader(newsletter.mailing_list, email="a@münchen.example")
    edition = start(make_edition(newsletter))
    stopped_domains.stop(edition.pk, REFUSING, "no")
    type(edition).objects.filter(pk=edition.pk).update(frozen_at=timezone.now() - timedelta(days=30))
    sending.send_slice()
    assert list(Delivery.objects.values_list("outcome", "reason")) == [(Outcome.REJECTED, "domain_stopped")]
    assert StoppedDomain.objects.get().resumed_at is None


def test_resuming_one_domain_leaves_another_waiting(newsletter: Newsletter, scripted: Scripted) -> None:
    for email in ("a@one.example", "b@two.example", "c@two.example"):
        make_reader(newsletter.mailing_list, email=email)
    edition = start(make_edition(newsletter))
    for domain in ("one.example", "two.example"):
        stopped_domains.stop(edition.pk, domain, "no")
    sending.send_slice()
    assert stopped_domains.resume(edition.pk, "one.example", by="Ada") == 1
    assert retrying.collect_due(timezone.now()) == 1


def test_the_readers_of_a_domain_are_found_by_an_index_and_counted_no_further_than_asked(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    for email in ("a@münchen.example", "b@other.example", "c@MÜNCHEN.example", "d@sub.münchen.example"):
        make_reader(newsletter.mailing_list, email=email)
    edition = start(make_edition(newsletter))
    sending.send_slice()
    counts = [stopped_domains.accepted_at(REFUSING, edition.pk, at_most=most) for most in (1, 2, 9)]
    assert counts == [1, 2, 2]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a small table is read as a whole otherwise
    assert "people_by_domain" in Subscriber.objects.at_domain(REFUSING).explain()
