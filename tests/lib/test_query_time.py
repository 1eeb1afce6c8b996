"""A limit on the database's time: for all queries together, one within another, and gone behind the block."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from django.db import connection, transaction

from lib.query_time import TookTooLong, time_limit

pytestmark = pytest.mark.django_db
LONG = 60.0
# What takes minutes, and reads no table.
ENDLESS = (
    "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
    if connection.vendor == "postgresql"
    else "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000000000) SELECT count(*) FROM n"
)


def ask(query: str = "SELECT 1") -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (found,) = cursor.fetchone()
    return int(found)


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        return str(cursor.fetchone()[0])


def test_a_question_that_takes_too_long_is_broken_off_and_the_next_is_answered() -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong), time_limit(0.05):
        ask(ENDLESS)
    assert time.monotonic() - began < LONG
    assert ask() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_too() -> None:
    with pytest.raises(TookTooLong), time_limit(0.05):
        ask(ENDLESS)
    assert ask() == 1


def test_the_time_is_that_of_all_questions_together() -> None:
    with pytest.raises(TookTooLong), time_limit(0.2):
        for _ in range(10_000):
            ask("SELECT count(*) FROM pg_sleep(0.01)" if connection.vendor == "postgresql" else SHORT)
        raise AssertionError("They took longer than that.")


# Some ten milliseconds, of many steps of SQLite's machine.
SHORT = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50000) SELECT count(*) FROM n"


def test_of_two_limits_the_outer_one_goes_on_behind_the_inner() -> None:
    with pytest.raises(TookTooLong), time_limit(0.3):
        with time_limit(LONG):
            assert ask() == 1
        ask(ENDLESS)


def test_an_inner_limit_that_was_reached_leaves_the_rest_of_the_outer_one() -> None:
    with time_limit(LONG):
        with suppress(TookTooLong), time_limit(0.05):
            ask(ENDLESS)
        assert ask() == 1


def test_an_inner_limit_gives_no_more_time_than_the_outer_has() -> None:
    with pytest.raises(TookTooLong), time_limit(0.05), time_limit(LONG):
        ask(ENDLESS)


def test_nothing_is_begun_when_the_time_is_over_and_transactions_within_end_in_order() -> None:
    with pytest.raises(TookTooLong), time_limit(LONG), time_limit(-1):
        ask()
    with transaction.atomic():
        with suppress(TookTooLong), time_limit(0.05), transaction.atomic():
            ask(ENDLESS)
        assert ask() == 1


@pytest.mark.postgres_only
def test_the_timeout_of_before_is_there_again_in_the_transaction_around() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '77s'")
        with time_limit(5):
            assert timeout() != "77s"
            with time_limit(2):
                ask()
            ask()
        assert timeout() == "77s"
        with suppress(TookTooLong), time_limit(0.05):
            ask(ENDLESS)
        assert timeout() == "77s"
