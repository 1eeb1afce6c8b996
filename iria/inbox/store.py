"""Keeps caught mail in a SQLite file of its own, so that thousands of mails a second slow no page and no ledger down.

A mail that `add` has returned from survives the death of the process, but not of the machine (`synchronous=OFF`): it is
development mail. The newest `KEEP` stay; older ones go as new ones come. One row a recipient: each of them got it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iria.inbox.headers import brief

KEEP = 20_000
MOST_WORDS = 20  # of a search; SQLite takes no condition that is a thousand deep
LONGEST_SEARCH = 200
PRUNE_EVERY = 500  # mails; deleting a few often holds nobody up

SCHEMA = """
PRAGMA page_size = 16384;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    envelope_to TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    size INTEGER NOT NULL,
    folded TEXT NOT NULL  -- what the search looks through, in one case
);
CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
"""
SUMMARY = "id, received_at, envelope_from, envelope_to, sender, recipients, subject, size"


@dataclass(frozen=True)
class Caught:
    """A mail as it came over SMTP: the envelope, and the bytes of DATA with dots unstuffed."""

    envelope_from: str
    envelope_to: str
    raw: bytes


@dataclass(frozen=True)
class Summary:
    """A line of the inbox."""

    id: int
    received_at: datetime
    envelope_from: str
    envelope_to: str
    sender: str
    recipients: str
    subject: str
    size: int


class Store:
    """May be used by several threads and processes; each thread has a connection of its own."""

    def __init__(self, path: Path, *, keep: int = KEEP) -> None:
        self.path = path
        self.keep = keep
        self._added = 0
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as connection:
            connection.executescript(SCHEMA)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        return connection

    @property
    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._open()
        connection: sqlite3.Connection = self._local.connection
        return connection

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "connection"):
            self._local.connection.close()
            del self._local.connection

    def add(self, mails: Sequence[Caught]) -> None:
        """Keep them all in one transaction: the more come at once, the less each one costs."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for mail in mails:
                sender, recipients, subject = brief(mail.raw)
                folded = "\n".join((mail.envelope_to, mail.envelope_from, sender, recipients, subject)).casefold()
                row = connection.execute(
                    "INSERT INTO messages (received_at, envelope_from, envelope_to, sender, recipients, subject, size,"
                    " folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (now, mail.envelope_from, mail.envelope_to, sender, recipients, subject, len(mail.raw), folded),
                ).lastrowid
                connection.execute("INSERT INTO raw (id, bytes) VALUES (?, ?)", (row, mail.raw))
            self._added += len(mails)
            if self._added >= PRUNE_EVERY:
                self._added = 0
                self._prune(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _prune(self, connection: sqlite3.Connection) -> None:
        oldest = connection.execute(
            "SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ?", (self.keep,)
        ).fetchone()
        if oldest is not None:
            connection.execute("DELETE FROM raw WHERE id <= ?", oldest)
            connection.execute("DELETE FROM messages WHERE id <= ?", oldest)

    def count(self, search: str = "") -> int:
        where, values = _matching(search)
        number: int = self._connection.execute(f"SELECT count(*) FROM messages{where}", values).fetchone()[0]  # noqa: S608
        return number

    def newest(self, *, search: str = "", limit: int = KEEP, offset: int = 0) -> list[Summary]:
        """Newest first."""
        where, values = _matching(search)
        rows = self._connection.execute(
            f"SELECT {SUMMARY} FROM messages{where} ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608 - our own words
            (*values, limit, offset),
        )
        return [_summary(row) for row in rows]

    def summary(self, message_id: int) -> Summary | None:
        row = self._connection.execute(f"SELECT {SUMMARY} FROM messages WHERE id = ?", (message_id,)).fetchone()  # noqa: S608
        return _summary(row) if row else None

    def raw(self, message_id: int) -> bytes | None:
        row = self._connection.execute("SELECT bytes FROM raw WHERE id = ?", (message_id,)).fetchone()
        return bytes(row[0]) if row else None

    def neighbours(self, message_id: int) -> tuple[int | None, int | None]:
        """The ids of the next newer and the next older mail."""
        ask = self._connection.execute
        newer = ask("SELECT min(id) FROM messages WHERE id > ?", (message_id,)).fetchone()[0]
        older = ask("SELECT max(id) FROM messages WHERE id < ?", (message_id,)).fetchone()[0]
        return newer, older

    def clear(self) -> int:
        """Throw all away; says how many. Numbers are not used again."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM raw")
        gone = connection.execute("DELETE FROM messages").rowcount
        connection.execute("COMMIT")
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        return gone


def _matching(search: str) -> tuple[str, tuple[str, ...]]:
    """All words of the search must occur, anywhere, in any case. Of a long one only the first are looked for."""
    words = search[:LONGEST_SEARCH].casefold().split()[:MOST_WORDS]
    escaped = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words]
    conditions = " AND ".join("folded LIKE ? ESCAPE '\\'" for _ in words)
    return (f" WHERE {conditions}" if words else ""), tuple(f"%{word}%" for word in escaped)


def _summary(row: tuple[int, str, str, str, str, str, str, int]) -> Summary:
    number, received_at, *rest = row
    return Summary(number, datetime.fromisoformat(received_at), *rest)  # type: ignore[arg-type]
