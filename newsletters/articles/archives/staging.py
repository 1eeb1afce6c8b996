"""All that an archive holds, ready to come in, in a scratch database of its own: read once, then taken by number.

So an import that goes on after it was stopped or killed reads nothing again, memory stays flat however large the
archive is, and what comes in is what the dry run showed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletters.articles.archives.preparing import ReadyArticle

MOST = 200_000  # things of an archive
_TABLES = """
CREATE TABLE things (number INTEGER PRIMARY KEY, site TEXT, key TEXT, article TEXT, UNIQUE (site, key));
"""


class StagedThings:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, number: int, article: ReadyArticle) -> bool:
        """False when something with its key is there already."""
        done = self._connection.execute(
            "INSERT OR IGNORE INTO things VALUES (?, ?, ?, ?)", (number, article.site, article.key, article.to_json())
        )
        return done.rowcount == 1

    def after(self, number: int, most: int) -> Iterator[tuple[int, ReadyArticle]]:
        rows = self._connection.execute(
            "SELECT number, article FROM things WHERE number > ? ORDER BY number LIMIT ?", (number, most)
        )
        for each, article in rows:
            yield each, ReadyArticle.from_json(article)


@contextmanager
def staging(path: Path) -> Iterator[StagedThings]:
    """A new scratch database, there when all of it is written and not before."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    connection = sqlite3.connect(beside)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # what is lost is read again
        connection.executescript(_TABLES)
        yield StagedThings(connection)
        connection.commit()
    finally:
        connection.close()
    beside.replace(path)


@contextmanager
def open_staged(path: Path) -> Iterator[StagedThings]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        yield StagedThings(connection)
    finally:
        connection.close()
