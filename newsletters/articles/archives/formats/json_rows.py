"""The rows of lists in a large JSON file, one at a time: as much of it is in memory as the largest row needs.

    {"db": [{"meta": …, "data": {"posts": [row, row, …], "tags": [row, …]}}]}    what Ghost exports
    [row, row, …]                                                                 a list alone

Objects are walked down to the lists; whatever else stands in them is read over.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from newsletters.articles.archives.archived import UnreadableArchive

_CHUNK = 1_000_000  # bytes
LARGEST_ROW = 20_000_000  # characters
_MOST_BRACKETS = 300_000  # of a row: each becomes an object, many times as large as it is written
_MOST_DEPTH = 6  # of the objects around the lists
_LONGEST_WORD = 12  # characters: “-Infinity”, “\\ud83d\\ude00”
_SPACE = " \t\r\n"


class JsonRow(NamedTuple):
    table: str  # the name of its list; empty of a list that is the whole file
    values: dict[str, Any]


def json_rows(file: IO[bytes], name: str) -> Iterator[JsonRow]:
    """The objects in all its lists, in their order. Raises `UnreadableArchive` where the file breaks off, or isn't
    JSON."""
    return _Walk(file, name).value("", 0)


class _Walk:
    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._text, self._at, self._is_end = "", 0, False
        self._machine = json.JSONDecoder(strict=False)

    def value(self, name: str, depth: int) -> Iterator[JsonRow]:
        begins = self._next()
        if begins == "{" and depth < _MOST_DEPTH:
            yield from self._object(depth)
        elif begins == "[" and depth < _MOST_DEPTH:
            yield from self._list(name, depth)
        else:
            self._whole()

    def _object(self, depth: int) -> Iterator[JsonRow]:
        self._at += 1
        if self._next() == "}":
            self._at += 1
            return
        while True:
            key = self._whole()
            self._take(":")
            yield from self.value(key if isinstance(key, str) else "", depth + 1)
            if self._take(",}") == "}":
                return

    def _list(self, name: str, depth: int) -> Iterator[JsonRow]:
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        while True:
            if name == "db" and self._next() == "{":
                yield from self._object(depth + 1)
            else:
                found = self._whole()
                if isinstance(found, dict):
                    yield JsonRow(name, found)
            if self._take(",]") == "]":
                return

    def _whole(self) -> Any:
        """The value that begins here, as a whole."""
        self._next()
        while True:
            try:
                found, end = self._machine.raw_decode(self._text, self._at)
            except RecursionError:
                raise UnreadableArchive(f"{self._name} can't be read: its JSON is nested too deeply.") from None
            except json.JSONDecodeError as problem:
                # Cut off where the text ends so far: in a string, or within a word or an escape of it.
                may_go_on = problem.msg.startswith("Unterminated") or problem.pos > len(self._text) - _LONGEST_WORD
                if not may_go_on or not self._more(2 * (len(self._text) - self._at)):
                    raise UnreadableArchive(f"{self._name} is damaged: its JSON is broken or breaks off.") from None
                self._check_brackets()
                continue
            except ValueError:  # Python's limit for digits
                raise UnreadableArchive(f"{self._name} can't be read: a number in it is too long.") from None
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._at = end
            return found

    def _check_brackets(self) -> None:
        """Of an entry that is longer than what is read at once, before it is made into objects."""
        if self._text.count("[", self._at) + self._text.count("{", self._at) > _MOST_BRACKETS:
            raise UnreadableArchive(f"{self._name} can't be read: one entry has too many parts.")

    def _take(self, one_of: str) -> str:
        found = self._next()
        if found not in one_of:
            raise UnreadableArchive(f"{self._name} is damaged: its JSON is broken.")
        self._at += 1
        return found

    def _next(self) -> str:
        """The next character that isn't a space, which stays."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise UnreadableArchive(f"{self._name} is damaged: its JSON breaks off.")

    def _more(self, wanted: int = 0) -> bool:
        """Read on, at least so many characters that a long row isn't tried again for each chunk."""
        if self._is_end:
            return False
        left = LARGEST_ROW - (len(self._text) - self._at)
        if left < 0:
            most = LARGEST_ROW // 1_000_000
            raise UnreadableArchive(f"{self._name} can't be read: one entry is larger than {most} MB.")
        data = self._file.read(min(max(_CHUNK, wanted), left + 1))
        self._is_end = not data
        self._text = self._text[self._at :] + self._decode(data, self._is_end)
        self._at = 0
        return bool(data)
