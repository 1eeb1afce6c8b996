"""“It arrived”, told of many mails at once: few queries, and nothing that was said before is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.models import Chunk, Delivery, Edition, Newsletter
from newsletters.models.deliveries import Outcome, Reported
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    return make_newsletter(make_list())


def sent(newsletter: Newsletter, people: int) -> tuple[Edition, list[Subscriber]]:
    readers = [make_reader(newsletter.mailing_list) for _ in range(people)]
    edition = start(make_edition(newsletter))
    chunk = Chunk.objects.filter(edition=edition)[0]
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition, subscriber_id=reader.pk, chunk=chunk, fence=1, variant=0, outcome=Outcome.ACCEPTED,
            provider_id=f"p{reader.pk}", settled_at=timezone.now(),
        )
        for reader in readers
    )  # fmt: skip
    return edition, readers


def arrived(target: MailTarget) -> MailEvent:
    return MailEvent(EventKind.DELIVERED, f"{target}", target, timezone.now())


def targets(edition: Edition, readers: list[Subscriber]) -> list[MailTarget]:
    """One half by our reference, the other by the number of the service."""
    return [
        MailTarget(edition.pk, reader.pk) if n % 2 else MailTarget(provider_id=f"p{reader.pk}")
        for n, reader in enumerate(readers)
    ]


def reported(edition: Edition) -> list[str | None]:
    rows = Delivery.objects.filter(edition=edition).order_by("subscriber_id")
    return list(rows.values_list("reported", flat=True))


@pytest.mark.parametrize("people", [4, 40])
def test_as_many_queries_for_many_as_for_few(
    people: int, newsletter: Newsletter, django_assert_max_num_queries: Any
) -> None:
    edition, readers = sent(newsletter, people)
    events = [arrived(target) for target in targets(edition, readers)]
    with django_assert_max_num_queries(4):
        assert take_effect("postmark", events) == people
    assert reported(edition) == [Reported.DELIVERED] * people


def test_what_is_worse_stays_and_nobody_else_is_touched(newsletter: Newsletter) -> None:
    edition, readers = sent(newsletter, 6)
    other, _others = sent(newsletter, 1)
    Delivery.objects.filter(edition=edition, subscriber_id=readers[0].pk).update(reported=Reported.COMPLAINED)
    Delivery.objects.filter(edition=edition, subscriber_id=readers[1].pk).update(reported=Reported.BOUNCED)
    take_effect("postmark", [arrived(target) for target in targets(edition, readers[:4])])
    said = [Reported.COMPLAINED, Reported.BOUNCED, Reported.DELIVERED, Reported.DELIVERED, None, None]
    assert reported(edition) == said
    assert reported(other) == [None]


def test_what_was_in_doubt_has_arrived(newsletter: Newsletter) -> None:
    """It needs a look of its own, since the ledger's sums change."""
    edition, readers = sent(newsletter, 2)
    Chunk.objects.filter(edition=edition).update(accepted=1, in_doubt=1)
    Delivery.objects.filter(subscriber_id=readers[0].pk).update(outcome=Outcome.IN_DOUBT)
    take_effect("postmark", [arrived(target) for target in targets(edition, readers)])
    assert set(Delivery.objects.values_list("outcome", "reported")) == {(Outcome.ACCEPTED, Reported.DELIVERED)}


def test_a_mail_of_nobody_s_changes_nothing(newsletter: Newsletter) -> None:
    edition, _readers = sent(newsletter, 1)
    assert take_effect("postmark", [arrived(MailTarget(provider_id="x")), arrived(MailTarget(99, 98))]) == 0
    assert reported(edition) == [None]


def test_an_event_that_was_told_before_costs_no_query_of_its_own(
    newsletter: Newsletter, django_assert_max_num_queries: Any
) -> None:
    edition, readers = sent(newsletter, 10)
    events = [
        MailEvent(EventKind.SOFT, f"{target}", target, timezone.now(), address=reader.email)
        for target, reader in zip(targets(edition, readers), readers, strict=True)
    ]
    assert take_effect("postmark", events) == 10
    with django_assert_max_num_queries(1):
        assert take_effect("postmark", events) == 10
