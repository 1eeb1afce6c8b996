"""A new address that is confirmed while somebody suppresses it, or erases its owner, at the same moment."""

from __future__ import annotations

import pytest
from django.db import transaction

from subscribers import erasure, merging, suppression
from subscribers.models import MailingList, Subscriber, Suppression
from subscribers.preferences import addresses
from tests.factories import make_list, make_reader
from tests.newsletters.delivery.conftest import Elsewhere, wait_for_a_blocked_session
from tests.subscribers.preferences.test_addresses import NEW, token_of

STAFF = Suppression.Reason.STAFF


@pytest.fixture
def iria_news(transactional_db: None) -> MailingList:
    """Transactional: other sessions must see what was committed."""
    return make_list(name="IRIA News")


@pytest.fixture
def ada(iria_news: MailingList) -> Subscriber:
    return make_reader(iria_news, email="ada@example.org")


def test_an_address_that_is_suppressed_just_after_we_looked_is_not_taken(
    ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, look = token_of(ada), addresses.find_change

    def look_too_early(asked: str) -> addresses.NewAddress:
        found = look(asked)
        suppression.suppress(NEW, reason=STAFF)
        return found

    monkeypatch.setattr(addresses, "find_change", look_too_early)
    assert addresses.confirm_change(token) is None
    ada.refresh_from_db()
    assert (ada.email, ada.is_suppressed) == ("ada@example.org", False)


@pytest.mark.postgres_only
def test_a_suppression_waits_for_the_change_and_then_marks_who_has_the_address(
    ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, look = token_of(ada), addresses._other_with
    other = Elsewhere(lambda: suppression.suppress(NEW, reason=STAFF))

    def look_slowly(email: str, subscriber_id: int) -> Subscriber | None:
        other.start()
        wait_for_a_blocked_session()
        return look(email, subscriber_id)

    monkeypatch.setattr(addresses, "_other_with", look_slowly)
    assert addresses.confirm_change(token) == ada
    other.join()
    assert other.came is True
    ada.refresh_from_db()
    assert (ada.email, ada.is_suppressed) == (NEW, True)


@pytest.mark.postgres_only
def test_the_change_gives_way_to_who_has_its_person_and_wants_the_suppression_list(ada: Subscriber) -> None:
    """They would wait for each other until PostgreSQL breaks off one of the two."""
    token = token_of(ada)
    change = Elsewhere(lambda: addresses.confirm_change(token))
    with transaction.atomic():
        merging.lock_people([ada.pk])
        change.start()
        wait_for_a_blocked_session()
        erasure.erase(ada, note="", by="Bea")
    change.join()
    assert change.came is None
    assert not Subscriber.objects.exists()
    assert suppression.is_suppressed("ada@example.org")
