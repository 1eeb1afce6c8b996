"""The comments of a whole site, by post, on the disk: its API gives them apart from the posts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from newsletters.articles.archives.archived import ArchivedComment
from newsletters.articles.archives.systems.wordpress.wxr import MOST_COMMENTS


class CommentStore:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, post: int, comment: ArchivedComment) -> None:
        self._connection.execute(
            "INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?)",
            (post, comment.key, comment.author, comment.text, comment.written.isoformat(), comment.parent),
        )

    def of(self, post: int) -> list[ArchivedComment]:
        rows = self._connection.execute(
            "SELECT key, author, text, written, parent FROM comments WHERE post = ? LIMIT ?", (post, MOST_COMMENTS)
        )
        return [
            ArchivedComment(key, author, text, datetime.fromisoformat(written), parent)
            for key, author, text, written, parent in rows
        ]


@contextmanager
def comment_store() -> Iterator[CommentStore]:
    connection = sqlite3.connect("")  # a file of its own, which goes when it is closed
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(
            "CREATE TABLE comments (post INTEGER, key, author, text, written, parent);"
            "CREATE INDEX comments_of_a_post ON comments (post);"
        )
        yield CommentStore(connection)
    finally:
        connection.close()
