"""What goes past the ORM reads back as what the ORM would have written, and is found by it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction

from subscribers import bulk_rows
from subscribers.imports.newcomers import rising_identity
from subscribers.models import Subscriber
from tests.factories import make_subscriber


def test_identities_are_random_ones_that_rise_with_the_ids() -> None:
    identities = [uuid.UUID(rising_identity(pk)) for pk in (1, 2, 3, 10**6, 2**47)]
    assert {(each.version, each.variant) for each in identities} == {(4, uuid.RFC_4122)}
    assert identities == sorted(identities)
    assert len({rising_identity(5) for _ in range(100)}) == 100


@pytest.mark.django_db
def test_a_moment_of_any_zone_is_stored_as_the_moment_that_it_is() -> None:
    person = make_subscriber("ada@example.org")
    stored = bulk_rows.stored_moment()
    for moment in (
        datetime(2024, 2, 29, 12, 0, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(2024, 10, 27, 2, 30, tzinfo=timezone(timedelta(hours=1))),
    ):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE subscribers_subscriber SET created_at = %s", [stored(moment)])
        person.refresh_from_db()
        assert person.created_at == moment


@pytest.mark.django_db
def test_rows_are_found_by_exactly_these_values() -> None:
    odd = ["ada@example.org", "o'hara%s@example.org", "dörte@example.org", "12@example.org"]
    ids = {address: make_subscriber(address).pk for address in odd}
    wanted = [*odd, "ADA@example.org", "nobody@example.org", "12", ""]
    with transaction.atomic():
        for look in (bulk_rows.find, bulk_rows.lock):
            assert dict(look(Subscriber, "email_key", wanted, ("email_key", "id"))) == ids
            assert look(Subscriber, "email_key", [], ("id",)) == []
