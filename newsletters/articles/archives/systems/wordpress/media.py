"""Attachments of a WordPress site, by number: kept in a database on the disk while its archive is read, since posts
name pictures that stand anywhere in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from newsletters.articles.archives.archived import ArchivedPicture

MOST_IN_A_GALLERY = 100


class MediaLibrary:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, number: int, parent: int, picture: ArchivedPicture) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO media VALUES (?, ?, ?, ?, ?, ?)",
            (number, parent, picture.url, picture.alt, picture.caption, picture.credit),
        )

    def of(self, number: int) -> ArchivedPicture | None:
        row = self._connection.execute(
            "SELECT url, alt, caption, credit FROM media WHERE number = ?", (number,)
        ).fetchone()
        return ArchivedPicture(*row) if row else None

    def gallery(self, numbers: Iterable[int]) -> list[ArchivedPicture]:
        return [found for number in list(numbers)[:MOST_IN_A_GALLERY] if (found := self.of(number))]

    def attached_to(self, post: int) -> list[ArchivedPicture]:
        rows = self._connection.execute(
            "SELECT url, alt, caption, credit FROM media WHERE parent = ? ORDER BY number LIMIT ?",
            (post, MOST_IN_A_GALLERY),
        )
        return [ArchivedPicture(*row) for row in rows]


@contextmanager
def media_library() -> Iterator[MediaLibrary]:
    connection = sqlite3.connect("")  # a file of its own, which goes when it is closed
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(
            "CREATE TABLE media (number INTEGER PRIMARY KEY, parent INTEGER, url, alt, caption, credit);"
            "CREATE INDEX media_of_a_post ON media (parent);"
        )
        yield MediaLibrary(connection)
    finally:
        connection.close()
