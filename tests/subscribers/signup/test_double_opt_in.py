"""Double opt-in as a stage: requests at the same moment, and an address suppressed meanwhile."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from subscribers.confirmation_link import ConfirmationLink
from subscribers.models import MailingList, Subscriber, Subscription, Suppression
from subscribers.signup import double_opt_in
from subscribers.signup.double_opt_in import SignupOutcome, SignupRequest, clean_name, request_subscription
from subscribers.tokens import address_hash
from tests.factories import make_subscriber, make_subscription


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_make_one_subscriber_and_keep_the_limit(iria_news: MailingList) -> None:
    start = threading.Barrier(5)
    outcomes: list[SignupOutcome] = []

    def ask() -> None:
        start.wait()
        try:
            outcomes.append(request_subscription(SignupRequest(email="ada@example.org", lists=[iria_news])))
        finally:
            connection.close()

    visitors = [threading.Thread(target=ask) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert sorted(outcome.name for outcome in outcomes) == ["CONFIRMATION_QUEUED"] * 3 + ["LIMITED"] * 2
    assert Subscription.objects.count() == Subscriber.objects.count() == 1


def test_an_address_suppressed_while_its_first_request_was_written_cannot_confirm(
    iria_news: MailingList,
) -> None:
    """On PostgreSQL the two transactions may not see each other: the person then lacks the flag."""
    reader = make_subscriber("ada@example.org")
    subscription = make_subscription(reader, iria_news, status=Subscription.Status.PENDING)
    Suppression.objects.create(address_hash=address_hash(reader.email), reason=Suppression.Reason.STAFF)
    link = ConfirmationLink(subscription.requested_at, (subscription.pk,))
    assert double_opt_in.confirm(link).state is double_opt_in.ConfirmationState.SUPPRESSED
    subscription.refresh_from_db()
    assert subscription.status == Subscription.Status.PENDING


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ren&eacute;e O&#8217;Neil", "Renée O’Neil"),
        ("Smith &amp; Daughters", "Smith & Daughters"),
        ("  Ada\t Lovelace\n", "Ada Lovelace"),
        ("می\u200cخواهیم 👩\u200d🔬", "می\u200cخواهیم 👩\u200d🔬"),
        ("A&#10;B", "A B"),
    ],
)
def test_a_name_is_kept_as_it_was_meant(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept
