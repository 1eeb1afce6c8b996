"""Small tables that were analysed while they were empty are analysed again before they are joined."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lib.table_statistics import correct_statistics
from subscribers.models import Subscriber, Tag
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def analyse_empty_tables(fill: Callable[[], object]) -> None:
    """Leave PostgreSQL believing that what is filled holds nothing, though it has pages: as after an import that was
    undone, or after sign-ups that all expired."""
    if connection.vendor != "postgresql":
        return
    with transaction.atomic():
        fill()
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def expected_rows() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'subscribers_subscriber'::regclass")
        return float(cursor.fetchone()[0])


def make_sixty() -> None:
    for _number in range(60):
        make_subscriber()


def test_what_was_analysed_while_it_was_empty_is_analysed_again() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite; this test is about PostgreSQL")
    analyse_empty_tables(make_sixty)
    make_sixty()
    assert expected_rows() == 0
    correct_statistics([Subscriber, Tag])
    assert expected_rows() == 60
    with CaptureQueriesContext(connection) as asked:
        correct_statistics([Subscriber, Tag])
    assert not [query for query in asked if "ANALYZE" in query["sql"]]


def test_sqlite_is_asked_nothing() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this run is on PostgreSQL; this test is about SQLite")
    make_sixty()
    with CaptureQueriesContext(connection) as asked:
        correct_statistics([Subscriber, Tag])
    assert not asked.captured_queries
