"""Tables of an archive (CSV), a row at a time by the names of its columns, whatever their case and spelling."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from newsletters.articles.archives.archived import LeftOut, UnreadableArchive
from newsletters.articles.archives.formats.written_texts import clean_value
from newsletters.articles.archives.sources import ArchiveSource
from subscribers.imports.files.tables import BadLine, UnreadableFile
from subscribers.imports.files.text import text_table

_BETWEEN_WORDS = re.compile(r"[\s_-]+")


class TableRow(dict[str, str]):
    """Cells by the names of their columns; empty for a column that the file doesn't have."""

    def __missing__(self, name: str) -> str:
        return ""

    def first(self, *names: str) -> str:
        """The first of these that says something."""
        return next((self[name] for name in names if self[name]), "")


def column_name(written: str) -> str:
    """“Send Date” and “send-date” are “send_date”."""
    return _BETWEEN_WORDS.sub("_", written.strip().lower())


def table_rows(source: ArchiveSource, path: str, *, needed: Collection[str]) -> Iterator[TableRow | LeftOut]:
    """The rows of a table, and a line of the report for each that can't be read. Raises `UnreadableArchive` where a
    column is missing."""
    name = path or source.name
    try:
        rows = text_table(name, lambda: source.open(path)).rows()
        names: list[str] | None = None
        for number, row in rows:
            if isinstance(row, BadLine):
                yield LeftOut(f"Line {number} of {name}", row.why)
            elif names is None:
                names = [column_name(each) for each in row]
                if lacking := sorted(set(needed) - set(names)):
                    raise UnreadableArchive(f"{name} has no column “{lacking[0]}”.")
            else:
                yield TableRow(zip(names, map(clean_value, row), strict=False))
    except UnreadableFile as problem:
        raise UnreadableArchive(str(problem)) from None
