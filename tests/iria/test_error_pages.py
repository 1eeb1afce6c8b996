"""A database that refuses for now: 503 and when to come again, for people and for mail programs alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

from iria.error_pages import is_passing
from newsletters.models import Institute
from subscribers import links
from tests.factories import make_list, make_reader

pytestmark = pytest.mark.slow


@pytest.fixture
def locked(transactional_db: None) -> Iterator[None]:
    """Another program keeps the tables to itself, and we are not patient."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout = 50")
            other: Any = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            end = "PRAGMA busy_timeout = 20000"
        else:
            cursor.execute("SET lock_timeout = 50")
            other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})
            other.execute(
                "LOCK TABLE subscribers_formrequest, subscribers_subscriber, subscribers_subscription IN EXCLUSIVE MODE"
            )
            end = "SET lock_timeout = 0"
    yield
    other.execute("ROLLBACK")
    other.close()
    with connection.cursor() as cursor:
        cursor.execute(end)


def test_a_locked_database_answers_503_to_sign_ups_and_to_one_click(
    client: Client, transactional_db: None, request: pytest.FixtureRequest
) -> None:
    mailing_list = make_list(name="News")
    reader = make_reader(mailing_list)
    subscription = reader.subscriptions.get()
    client.raise_request_exception = False
    one_click = links.unsubscribe_url(reader.pk, mailing_list.pk).removeprefix("https://news.iria.example")
    request.getfixturevalue("locked")
    for path, typed in (
        ("/subscribe/", {"email": "ada@example.org"}),
        (one_click, {"List-Unsubscribe": "One-Click"}),
        ("/ar/subscribe/", {"email": "ada@example.org"}),
    ):
        answer = client.post(path, typed)
        assert answer.status_code == 503, path
        assert int(answer["Retry-After"]) > 0
        assert answer["Cache-Control"] == "no-store"
        assert (b'lang="ar"' in answer.content) == path.startswith("/ar/")
    subscription.refresh_from_db()
    assert subscription.status == "confirmed"


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def of_sqlite(statement: str, folder: Path) -> Exception:
    with sqlite3.connect(folder / "other.sqlite3") as other, pytest.raises(sqlite3.OperationalError) as raised:
        other.execute(statement)
    return caused(OperationalError(str(raised.value)), raised.value)


def test_what_passes_is_told_from_what_is_wrong_with_the_program(tmp_path: Path) -> None:
    assert is_passing(of_sqlite("SELECT * FROM not_migrated_yet", tmp_path))
    assert is_passing(caused(ProgrammingError("x"), psycopg.errors.UndefinedColumn("x")))
    assert is_passing(caused(OperationalError("x"), psycopg.errors.AdminShutdown("x")))
    assert is_passing(caused(OperationalError("x"), psycopg.errors.LockNotAvailable("x")))
    assert is_passing(InterfaceError("connection already closed"))
    assert not is_passing(of_sqlite("SELEKT", tmp_path))
    assert not is_passing(caused(ProgrammingError("x"), psycopg.errors.SyntaxError("x")))
    assert not is_passing(IntegrityError("x")) and not is_passing(DataError("x"))
    assert not is_passing(ValueError("x")) and not is_passing(None)


def test_other_mistakes_stay_500(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False

    def fails(*_: object, **__: object) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("subscribers.views.sign_up.SignupForm", fails)
    make_list(name="News")
    assert client.post("/subscribe/", {"email": "ada@example.org"}).status_code == 500


def test_a_page_of_last_resort_wears_the_look_of_the_last_page_that_was_made(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Institute.objects.create(name="IRIA", accent="#0a7f3f")
    client.raise_request_exception = False
    assert "--button:#0a7f3f;" in client.get("/").content.decode()
    monkeypatch.setattr("newsletters.site.home._NEWEST", None)  # a fault in the program
    answer = client.get("/")
    assert answer.status_code == 500
    assert "--button:#0a7f3f;" in answer.content.decode()
