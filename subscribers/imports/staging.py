"""All rows of a file in a scratch database beside it, read once, an address once.

Of several rows about one address the last one's fields count, and the strictest permission of all. Sorting that out
needs all rows, and a file may have more than memory: so they lie in a SQLite file of their own, on any installation. It
can be made again from the file at any time; it is written under another name first, so that half of it is never used.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from subscribers.imports.files.tables import BadLine, Row
from subscribers.imports.rows import PersonRow, RefusedRow
from subscribers.imports.standing import STRICT
from subscribers.imports.words import MOST_IN_A_CELL

_AT_ONCE = 5000  # rows
_ROWS_OF_ONE = 1000  # about one address, the last ones, of which the fields are put together
_SHORT = 200  # characters of details: the same again and again, and remembered
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_REASONS = 50  # that are told apart in a report; what is rarer counts as others
_TABLES = """
CREATE TABLE people (n INTEGER PRIMARY KEY, line INTEGER, source INTEGER, key TEXT, email TEXT, name TEXT,
                     language TEXT, standing INTEGER, details TEXT);
CREATE TABLE refused (n INTEGER PRIMARY KEY, line INTEGER, source INTEGER, why TEXT, cells TEXT);
"""


class StagedRow(NamedTuple):
    number: int
    line: int
    source: int
    key: str
    email: str
    name: str
    language: str
    standing: int
    details: Mapping[str, Any]  # rows that say the same share it


@dataclass(frozen=True)
class Refusal:
    """A row that is refused: where it stands, why, and what it says."""

    line: int
    source: int
    why: str
    cells: list[str]


@dataclass(frozen=True)
class Staged:
    """What staging found. `repeated` rows said something of an address that another row is about, too."""

    people: int
    refused: int
    repeated: int
    reasons: dict[str, int]


ReadRow = tuple[int, int, Row, "PersonRow | RefusedRow"]  # source, line, cells, what they say


def stage(path: Path, rows: Iterable[ReadRow], said: Callable[[int], None] | None = None) -> Staged:
    """Read all of it into the scratch database at `path`. Says after each few thousand rows how many it has read."""
    unfinished = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as scratch:
        _hurry(scratch)
        scratch.executescript(_TABLES)
        _write(scratch, rows, said)
        repeated = _one_row_an_address(scratch)
        scratch.execute(f"CREATE INDEX strict_first ON people (n) WHERE standing >= {STRICT:d}")
        found = _found(scratch, repeated)
    unfinished.replace(path)
    return found


def _hurry(scratch: sqlite3.Connection) -> None:
    """A crash leaves an unfinished file that is thrown away: nothing has to be safe."""
    scratch.execute("PRAGMA journal_mode = OFF")
    scratch.execute("PRAGMA synchronous = OFF")
    scratch.execute("PRAGMA cache_size = -12000")
    scratch.execute("PRAGMA temp_store = FILE")


def _write(scratch: sqlite3.Connection, rows: Iterable[ReadRow], said: Callable[[int], None] | None) -> None:
    number = 0
    rows = iter(rows)
    while some := list(islice(rows, _AT_ONCE)):
        people, refused = [], []
        for source, line, cells, row in some:
            number += 1
            if type(row) is PersonRow:
                details = _packed(row.details) if row.details else None
                people.append(
                    (number, line, source, row.key, row.email, row.name, row.language, int(row.standing), details)
                )
            else:
                kept = "[]" if isinstance(cells, BadLine) else json.dumps(cells, ensure_ascii=False)
                refused.append((number, line, source, row.why, kept))  # type: ignore[union-attr]
        scratch.execute("BEGIN")
        scratch.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", people)
        scratch.executemany("INSERT INTO refused VALUES (?, ?, ?, ?, ?)", refused)
        scratch.execute("COMMIT")
        if said is not None:
            said(number)


def _packed(details: dict[str, Any]) -> str:
    if len(details) == 1 and "evidence" in details:  # in most files the same few words in every row
        return _evidence_alone(details["evidence"])
    return json.dumps(details, ensure_ascii=False)


@lru_cache(maxsize=256)
def _evidence_alone(words: str) -> str:
    return json.dumps({"evidence": words}, ensure_ascii=False)


def _one_row_an_address(scratch: sqlite3.Connection) -> int:
    """Leave one row of those about the same address. Returns how many are gone."""
    scratch.execute("CREATE INDEX by_key ON people (key)")
    scratch.execute("CREATE TABLE twice AS SELECT key FROM people GROUP BY key HAVING count(*) > 1")
    repeated = after = 0
    while some := scratch.execute(
        "SELECT rowid, key FROM twice WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, _AT_ONCE)
    ).fetchall():
        scratch.execute("BEGIN")
        repeated += sum(_merge_rows(scratch, key) for _rowid, key in some)
        scratch.execute("COMMIT")
        after = some[-1][0]
    scratch.execute("DROP TABLE twice")
    scratch.execute("DROP INDEX by_key")
    return repeated


_MERGED = ("tags", "topics", "subscriptions")


def _merge_rows(scratch: sqlite3.Connection, key: str) -> int:
    strictest, rows = scratch.execute("SELECT max(standing), count(*) FROM people WHERE key = ?", (key,)).fetchone()
    found = scratch.execute(
        "SELECT n, name, language, details FROM people WHERE key = ? ORDER BY n DESC LIMIT ?", (key, _ROWS_OF_ONE)
    ).fetchall()[::-1]
    name = language = ""
    details: dict[str, Any] = {}
    for _n, this_name, this_language, packed in found:
        name, language = this_name or name, this_language or language
        more = json.loads(packed) if packed else {}
        for each in _MERGED:
            if each in details and each in more:
                both = details[each] + [one for one in more[each] if one not in details[each]]
                more[each] = both[-MOST_IN_A_CELL:]
        if "attributes" in details and "attributes" in more:
            more["attributes"] = details["attributes"] | more["attributes"]
        details |= more
    last = found[-1][0]
    scratch.execute(
        "UPDATE people SET name = ?, language = ?, standing = ?, details = ? WHERE n = ?",
        (name, language, strictest, json.dumps(details, ensure_ascii=False) if details else None, last),
    )
    scratch.execute("DELETE FROM people WHERE key = ? AND n < ?", (key, last))
    return int(rows) - 1


def _found(scratch: sqlite3.Connection, repeated: int) -> Staged:
    people = scratch.execute("SELECT count(*) FROM people").fetchone()[0]
    reasons: Counter[str] = Counter()
    for why, count in scratch.execute(
        "SELECT why, count(*) FROM refused GROUP BY why ORDER BY count(*) DESC LIMIT ?", (_REASONS,)
    ):
        reasons[why] = count
    refused = scratch.execute("SELECT count(*) FROM refused").fetchone()[0]
    return Staged(people, refused, repeated, dict(reasons))


@lru_cache(maxsize=256)
def _read_before(packed: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(packed))


def _unpacked(row: tuple[Any, ...]) -> StagedRow:
    number, line, source, key, email, name, language, standing, packed = row
    details = _NOTHING
    if packed:
        details = _read_before(packed) if len(packed) < _SHORT else json.loads(packed)
    return StagedRow(number, line, source, key, email, name, language, standing, details)


class StagedRows:
    """Reads a scratch database that is finished."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch

    def batch(self, passed: int, after: int, most: int) -> list[StagedRow]:
        """The next rows of this pass (0: those who left, bounced or complained; 1: the others) in the file's order."""
        strict = f"standing >= {STRICT:d}" if passed == 0 else f"standing < {STRICT:d}"
        rows = self._scratch.execute(
            f"SELECT * FROM people WHERE {strict} AND n > ? ORDER BY n LIMIT ?",  # noqa: S608 - two constants
            (after, most),
        )
        return [_unpacked(row) for row in rows.fetchall()]

    def refusals(self) -> Iterator[Refusal]:
        for line, source, why, cells in self._scratch.execute(
            "SELECT line, source, why, cells FROM refused ORDER BY n"
        ):
            yield Refusal(line, source, why, json.loads(cells))


@contextmanager
def open_staged(path: Path) -> Iterator[StagedRows]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as scratch:
        scratch.execute("PRAGMA cache_size = -8000")
        yield StagedRows(scratch)
