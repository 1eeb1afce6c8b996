"""Rows that many threads insert at once: each is committed or refused by itself, and they share commits."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from lib import group_commit
from lib.group_commit import GroupCommit
from subscribers.models import FormRequest
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def request(name: str, **fields: object) -> FormRequest:
    now = timezone.now()
    given = {"kind": "subscribe", "email": f"{name}@readers.example", "asked_at": now, "due_at": now} | fields
    return FormRequest(**given)


def written() -> set[str]:
    return {email.partition("@")[0] for email in FormRequest.objects.values_list("email", flat=True)}


class Line:
    """Threads that insert, of which the first is kept from committing until all stand in line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.group = GroupCommit(FormRequest)
        self.commits: list[list[str]] = []
        self.may_go, self.first_is_there = Event(), Event()
        self.fail: Callable[[list[FormRequest]], None] = lambda rows: None
        real = self.group._commit

        def commit(rows: list[FormRequest]) -> None:
            self.first_is_there.set()
            assert self.may_go.wait(20)
            self.commits.append([row.email.partition("@")[0] for row in rows])
            self.fail(rows)
            real(rows)

        monkeypatch.setattr(self.group, "_commit", commit)

    def insert(self, *rows: FormRequest) -> list[Future[None]]:
        first, *others = rows
        with ThreadPoolExecutor(len(rows)) as pool:
            asked = [pool.submit(self._insert, first)]
            assert self.first_is_there.wait(20)
            asked += [pool.submit(self._insert, row) for row in others]
            wait_until(lambda: len(self.group._waiting) == len(others), "all stand in line")
            self.may_go.set()
        return asked

    def _insert(self, row: FormRequest) -> None:
        try:
            self.group.insert(row)
        finally:
            connection.close()


@pytest.fixture
def only_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL gathers commits by itself")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, only_sqlite: None) -> Line:
    return Line(monkeypatch)


def test_rows_that_wait_meanwhile_are_committed_together(line: Line) -> None:
    names = [f"reader{number}" for number in range(8)]
    for asked in line.insert(*map(request, names)):
        asked.result()
    assert written() == set(names)
    assert [len(commit) for commit in line.commits] == [1, 7]


def test_a_row_that_is_refused_harms_no_other(line: Line) -> None:
    good, bad, other = request("ada"), request("eve", asked_at=None), request("bert")
    first, second, third = line.insert(good, bad, other)
    first.result()
    third.result()
    with pytest.raises(DatabaseError):
        second.result()
    assert written() == {"ada", "bert"}


def test_a_database_that_stays_locked_is_said_to_all_and_waited_for_once(line: Line) -> None:
    def locked(rows: list[FormRequest]) -> None:
        raise OperationalError("database is locked")

    line.fail = locked
    for asked in line.insert(request("ada"), request("bert"), request("cleo")):
        with pytest.raises(OperationalError):
            asked.result()
    assert [len(commit) for commit in line.commits] == [1]  # those behind have waited as long
    line.fail = lambda rows: None
    line.group.insert(request("dora"))
    assert written() == {"dora"}


def test_a_database_that_is_locked_while_rows_are_tried_one_by_one_is_waited_for_once(line: Line) -> None:
    def locked_after_a_refusal(rows: list[FormRequest]) -> None:
        if len(rows) == 1 and rows[0].email.startswith("bert"):
            raise OperationalError("database is locked")

    line.fail = locked_after_a_refusal
    bad = request("eve", asked_at=None)
    first, *others = line.insert(request("ada"), request("bert"), bad, request("cleo"), request("dora"))
    first.result()
    for asked in others:
        with pytest.raises(OperationalError):
            asked.result()
    assert len(line.commits) == 3  # the first alone, the four, and the one that found it locked
    assert written() == {"ada"}


def test_a_thread_that_is_ended_while_it_writes_leaves_nobody_waiting(line: Line) -> None:
    def ended(rows: list[FormRequest]) -> None:
        if len(line.commits) == 3:  # in the middle of trying one by one
            raise SystemExit

    line.fail = ended
    bad = request("eve", asked_at=None)
    outcomes = [asked.exception() for asked in line.insert(request("ada"), bad, request("bert"), request("cleo"))]
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "NoneType", "OperationalError", "OperationalError", "SystemExit",
    ]  # fmt: skip
    line.group.insert(request("dora"))
    assert written() == {"ada", "dora"}


def test_within_a_transaction_a_row_is_part_of_it() -> None:
    group = GroupCommit(FormRequest)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        group.insert(request("ada"))
        assert written() == {"ada"}
        raise ZeroDivisionError
    assert written() == set()


@pytest.mark.usefixtures("only_sqlite")
def test_a_process_that_keeps_the_turn_holds_nobody_up_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "GIVE_WAY_SECONDS", 0.05)
    path = Path(f"{connection.settings_dict['NAME']}-turn")
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        GroupCommit(FormRequest).insert(request("ada"))
    finally:
        os.close(file)
        path.unlink()
    assert written() == {"ada"}
