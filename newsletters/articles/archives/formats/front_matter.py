"""Front matter: what stands above the text of a Markdown file, as YAML between `---`, TOML between `+++`, or JSON.

Everything becomes text: whether `2026-03-01` is a date and `no` isn't true is for the reader to say. YAML has no types
here, no tags and no aliases, so a few lines can't become objects of the program or gigabytes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, NamedTuple

MOST = 65_536  # characters of front matter
_MOST_DEPTH = 20
_MOST_BRACKETS = 2000
_MOST_DOTS = 300  # in a line of TOML
_YAML = re.compile(r"---[ \t]*(?:yaml|yml)?[ \t]*\r?\n", re.IGNORECASE)
_YAML_ENDS = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOML = re.compile(r"(?:\+\+\+|---toml)[ \t]*\r?\n", re.IGNORECASE)
_TOML_ENDS = re.compile(r"^(?:\+\+\+|---)[ \t]*$", re.MULTILINE)
_JSON = re.compile(r"---json[ \t]*\r?\n", re.IGNORECASE)
_JSON_ENDS = re.compile(r"^---[ \t]*$", re.MULTILINE)
_NOTHING = {"", "~", "null", "Null", "NULL"}
_FALSE = {"false", "no", "off", "0"}
_OPENING = re.compile(r"[\[{]")

Field = str | list[Any] | dict[str, Any]


class BadFrontMatter(ValueError):
    """It can't be read; the message is a sentence about the file."""


class MarkdownFile(NamedTuple):
    fields: Mapping[str, Field]  # by name in lower case
    text: str


@cache
def _yaml_loader() -> Any:
    """Of scalars that stay text. An alias is refused: a few of them can stand for billions of values."""
    import yaml  # late, as every parser: tests/iria/test_worker_imports.py

    class Texts(yaml.BaseLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise BadFrontMatter("Its front matter has an alias (“*…”), which we don't read.")
            return super().compose_node(parent, index)

    return Texts


def split_file(text: str) -> MarkdownFile:
    """The front matter, and the text below it; nothing of the first where the file has none. Raises
    `BadFrontMatter`."""
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    if begin := _JSON.match(text):
        front, below = _divided(text, begin.end(), _JSON_ENDS)
        return MarkdownFile(_fields(_from_json(front)), below)
    if begin := _TOML.match(text):
        front, below = _divided(text, begin.end(), _TOML_ENDS)
        return MarkdownFile(_fields(_from_toml(front)), below)
    if begin := _YAML.match(text):
        front, below = _divided(text, begin.end(), _YAML_ENDS)
        return MarkdownFile(_fields(_from_yaml(front)), below)
    if text.startswith("{") and re.match(r'\{\s*"', text[:200]):
        return _json_above(text)
    return MarkdownFile({}, text)


def has_front_matter(beginning: str) -> bool:
    """Whether a file that begins so has some."""
    text = beginning.removeprefix("\ufeff").lstrip("\r\n")
    return any(kind.match(text) for kind in (_JSON, _TOML, _YAML)) or bool(re.match(r'\{\s*"', text))


def fields_of_yaml(written: str) -> dict[str, Field]:
    """Of a whole file. Raises `BadFrontMatter`."""
    return _fields(_from_yaml(written))


def fields_of_toml(written: str) -> dict[str, Field]:
    """The same of TOML."""
    return _fields(_from_toml(written))


def _divided(text: str, begins: int, ending: re.Pattern[str]) -> tuple[str, str]:
    found = ending.search(text, begins, begins + MOST)
    if found is None:
        if len(text) - begins > MOST:
            raise BadFrontMatter(f"Its front matter is longer than {MOST // 1024} KB, or has no end.")
        raise BadFrontMatter("Its front matter has no end.")
    return text[begins : found.start()], text[found.end() :].lstrip("\r\n")


def _from_yaml(front: str) -> object:
    import yaml  # late, as every parser: tests/iria/test_worker_imports.py

    _check_depth(front)
    try:
        return yaml.load(front.replace("\t", "    "), Loader=_yaml_loader())  # noqa: S506 # makes nothing but texts
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark is not None else ""
        raise BadFrontMatter(f"Its front matter isn't correct YAML{where}.") from None
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, BadFrontMatter):
            raise
        raise BadFrontMatter("Its front matter isn't correct YAML.") from None


def _from_toml(front: str) -> object:
    _check_depth(front)
    if any(line.count(".") > _MOST_DOTS for line in front.splitlines()):  # tomllib takes the square of a dotted key
        raise BadFrontMatter(f"Its front matter has a line with more than {_MOST_DOTS} dots.")
    try:
        return tomllib.loads(front.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        raise BadFrontMatter("Its front matter isn't correct TOML.") from None


def _from_json(front: str) -> object:
    try:
        return json.loads(front)
    except (ValueError, RecursionError):
        raise BadFrontMatter("Its front matter isn't correct JSON.") from None


def _json_above(text: str) -> MarkdownFile:
    """Hugo's way: an object, and the text behind it."""
    try:
        found, end = json.JSONDecoder().raw_decode(text[:MOST])
    except (ValueError, RecursionError):
        raise BadFrontMatter("Its front matter isn't correct JSON.") from None
    return MarkdownFile(_fields(found), text[end:].lstrip("\r\n"))


def _check_depth(front: str) -> None:
    """Before a parser that calls itself for each level."""
    if len(_OPENING.findall(front)) > _MOST_BRACKETS:
        raise BadFrontMatter(f"Its front matter has more than {_MOST_BRACKETS:,} brackets.")


def _fields(found: object) -> dict[str, Field]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadFrontMatter("Its front matter has no names and values.")
    return {str(name).strip().lower(): _as_text(value) for name, value in found.items()}


def _as_text(value: object, depth: int = 0) -> Field:
    if depth > _MOST_DEPTH:
        return ""
    if isinstance(value, dict):
        return {str(name).strip().lower(): _as_text(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each, depth + 1) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value).strip()
    return "" if text in _NOTHING else text


# --- What fields say ------------------------------------------------------------------------------------------
def text_in(fields: Mapping[str, Field], *names: str) -> str:
    """The first of these that is a text with something in it."""
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")


def texts_in(fields: Mapping[str, Field], *names: str) -> list[str]:
    """All of them: lists, texts with commas, and names within objects."""
    found: list[str] = []
    for name in names:
        value = fields.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                found.append(text_in(each, "name", "title"))
            elif isinstance(each, str):
                found += [part.strip() for part in each.split(",")] if each is value else [each]
    return list(dict.fromkeys(filter(None, found)))


def is_true(fields: Mapping[str, Field], name: str) -> bool:
    """YAML 1.1's words, of any case."""
    value = fields.get(name)
    return isinstance(value, str) and bool(value) and value.lower() not in _FALSE
