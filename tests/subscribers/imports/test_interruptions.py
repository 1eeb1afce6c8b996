"""What comes in between while an import runs or is undone: errors that nobody foresaw, suppressions, mail."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from subscribers import suppression
from subscribers.imports import deciding, running, undoing, working, writing
from subscribers.models import Import, MailingList, Subscriber, Suppression
from tests.processes import wait_until
from tests.subscribers.imports.bringing import csv_file, keep_apart, person, upload

State = Import.State
ROWS = 12


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    keep_apart(monkeypatch, settings, tmp_path, rows=4)


@pytest.fixture
def brought(tmp_path: Path, iria_news: MailingList) -> Import:
    lines = [f"reader{n}@example.org,confirmed" for n in range(ROWS)]
    return upload(csv_file(tmp_path, "email,status", *lines), consent="proven")


def _work(of: Import, times: int) -> None:
    for _ in range(times):
        if of.pk in working.waiting():
            working.work_on(of.pk, until=lambda: False)
    of.refresh_from_db()


def _fails_from_call(patch: pytest.MonkeyPatch, target: Any, name: str, first: int, problem: Exception) -> None:
    real, calls = getattr(target, name), count(1)

    def broken(*arguments: Any, **named: Any) -> Any:
        if next(calls) >= first:
            raise problem
        return real(*arguments, **named)

    patch.setattr(target, name, broken)


@pytest.mark.django_db
def test_an_error_that_stays_stops_the_import_with_its_reason_and_it_can_be_resumed(brought: Import) -> None:
    running.start(brought)
    with pytest.MonkeyPatch.context() as patch:
        _fails_from_call(patch, writing, "write", 2, TypeError("unforeseen"))
        _work(brought, 10)
    assert (brought.state, brought.failures, brought.done) == (State.STOPPED, running.MOST_FAILURES, 4)
    assert "TypeError: unforeseen" in brought.trouble
    assert working.waiting() == []
    running.start(brought)
    _work(brought, 1)
    assert (brought.state, brought.done, brought.trouble) == (State.DONE, ROWS, "")
    assert Subscriber.objects.count() == ROWS


@pytest.mark.django_db
def test_an_error_that_passes_is_forgotten_with_the_next_batch(brought: Import) -> None:
    running.start(brought)
    for _ in range(running.MOST_FAILURES + 1):
        with pytest.MonkeyPatch.context() as patch:
            _fails_from_call(patch, writing, "write", 2, KeyError("now and then"))
            _work(brought, 1)
        if brought.state == State.DONE:
            break
        assert brought.failures == 1
    assert (brought.state, brought.done) == (State.DONE, ROWS)


@pytest.mark.django_db
def test_a_database_that_is_away_is_no_failure_of_the_import(brought: Import) -> None:
    running.start(brought)
    with pytest.MonkeyPatch.context() as patch:
        _fails_from_call(patch, writing, "write", 1, OperationalError("the connection is lost"))
        for _ in range(running.MOST_FAILURES + 1):
            with pytest.raises(OperationalError):
                working.work_on(brought.pk, until=lambda: False)
    _work(brought, 1)
    assert brought.state == State.DONE


@pytest.mark.django_db
def test_an_undoing_that_cannot_go_on_can_be_asked_for_again_and_brings_nobody_back(brought: Import) -> None:
    running.start(brought)
    _work(brought, 1)
    undoing.start_undoing(brought)
    with pytest.MonkeyPatch.context() as patch:
        _fails_from_call(patch, undoing, "_undo_batch", 2, TypeError("unforeseen"))
        _work(brought, 10)
    assert brought.state == State.PARTLY_UNDONE
    with pytest.raises(running.CannotStart):
        running.start(brought)
    assert Subscriber.objects.count() == ROWS - 4
    undoing.start_undoing(brought)
    _work(brought, 1)
    assert (brought.state, Subscriber.objects.count()) == (State.UNDONE, 0)


@pytest.mark.django_db
def test_people_who_are_mailed_while_it_is_undone_stay(brought: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    running.start(brought)
    _work(brought, 1)
    mailed = person("reader5@example.org").pk  # of the second batch of three
    undoing.start_undoing(brought)
    asked = undoing.Mailings(
        reached=lambda people: any(first <= mailed <= last for first, last in people), hold=lambda _people: None
    )
    monkeypatch.setitem(undoing._mailings, "editions", asked)
    _work(brought, 1)
    assert brought.state == State.PARTLY_UNDONE
    assert "while it was being undone" in brought.trouble
    assert Subscriber.objects.count() == 8
    assert "already sent" in undoing.why_not(brought)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_an_address_suppressed_while_it_is_added_is_marked(brought: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    real = deciding.Decider.decide
    suppressing = threading.Thread(target=_suppress, args=["reader1@example.org"])

    def decide(self: deciding.Decider, rows: Any, known: Any) -> Any:
        if suppressing.ident is None:
            suppressing.start()
            wait_until(_somebody_waits_for_us, "the suppression waits")
        return real(self, rows, known)

    monkeypatch.setattr(deciding.Decider, "decide", decide)
    running.start(brought)
    _work(brought, 1)
    suppressing.join(30)
    assert not suppressing.is_alive()
    assert brought.state == State.DONE
    assert person("reader1@example.org").is_suppressed
    assert Suppression.objects.count() == 1


def _suppress(email: str) -> None:
    try:
        suppression.suppress(email, reason=Suppression.Reason.STAFF)
    finally:
        connection.close()


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])
