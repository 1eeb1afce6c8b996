"""Rows that many threads insert into SQLite at the same time, committed together: by one of them for all who wait.

A commit costs a wait for the disk, whether it holds one row or fifty, and SQLite has one writer at a time: the others
look again and again, with pauses that grow to 100 ms, so of sixteen some wait for a second. Here the threads of a
process wait in line instead, and the one at the front writes for everybody behind it. Processes that share a SQLite
file give way to one another by a lock beside it, which is looked at every half millisecond; it is a courtesy, and what
keeps writers apart is still SQLite. PostgreSQL gathers commits by itself: there each thread inserts its own row.

Guarantee: `insert` returns when the row is committed, as durably as the database commits, and raises when it is not. A
row that the database refuses harms no other. Within a transaction of the caller's the row belongs to that. Nobody waits
for a locked database longer than its own patience and `GIVE_WAY_SECONDS`.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from django.db import OperationalError, connection, models, transaction

Row = TypeVar("Row", bound=models.Model)
AT_ONCE = 50  # rows in one transaction
LOOK_SECONDS = 0.0005
GIVE_WAY_SECONDS = 2.0  # then SQLite's own patience begins


class _RowInLine(Generic[Row]):
    __slots__ = ("error", "is_over", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_over = False
        self.error: Exception | None = None


class GroupCommit(Generic[Row]):
    """Of one model, which must have no signals: many rows are inserted without them."""

    def __init__(self, model: type[Row]) -> None:
        self._model = model
        self._waiting: deque[_RowInLine[Row]] = deque()
        self._front = threading.Lock()

    def insert(self, row: Row) -> None:
        """Raises what the database raises for this row: `OperationalError` when it stays locked or is gone."""
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            row.save(force_insert=True)
            return
        mine = _RowInLine(row)
        self._waiting.append(mine)
        with self._front:
            while not mine.is_over:  # else somebody before us has written it
                self._write_next()
        if mine.error is not None:
            raise mine.error

    def _write_next(self) -> None:
        """Whatever happens, the rows that were taken out of the line are over afterwards."""
        group = self._take(AT_ONCE)
        try:
            self._write(group)
        except OperationalError as error:
            # About the database and not about a row. Those behind us have waited with us, and would wait as long again.
            _end(group, error)
            _end(self._take(len(self._waiting)), error)
        except BaseException:  # this thread is being ended, and not those whose rows it writes
            _end(group, OperationalError("The thread that was writing this row was ended."))
            raise

    def _take(self, most: int) -> list[_RowInLine[Row]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), most))]

    def _write(self, group: list[_RowInLine[Row]]) -> None:
        try:
            self._commit([each.row for each in group])
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - theirs, whose row it is
            if len(group) == 1:
                _end(group, error)
                return
            for each in group:
                self._write([each])
        else:
            _end(group)

    def _commit(self, rows: list[Row]) -> None:
        with _turn_among_processes():
            if len(rows) == 1:
                rows[0].save(force_insert=True)
            else:
                with transaction.atomic(durable=True):
                    self._model._default_manager.bulk_create(rows)


def _end(group: Iterable[_RowInLine[Row]], error: Exception | None = None) -> None:
    for each in group:
        if not each.is_over:
            each.error, each.is_over = error, True


@contextmanager
def _turn_among_processes() -> Iterator[None]:
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.exists():  # a database in memory
        yield
        return
    try:
        # Opened anew each time: a lock belongs to the open file, which a forked process would share.
        file = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a full disk, or no right: then the commit will say so, or do without
        yield
        return
    try:
        _wait_for(file)
        yield
    finally:
        os.close(file)


def _wait_for(file: int) -> None:
    until = time.monotonic() + GIVE_WAY_SECONDS
    while time.monotonic() < until:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(LOOK_SECONDS)
        else:
            return
