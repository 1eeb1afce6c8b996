"""How the files under `seeds/` are read. One that is missing or wrong raises `BadSeed`, which names it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

SEEDS: Path = settings.BASE_DIR / "seeds"


class BadSeed(Exception):
    """A file under seeds/ cannot be used; the message names it."""


def read_toml(name: str) -> dict[str, Any]:
    try:
        with (SEEDS / name).open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise BadSeed(f"seeds/{name}: {problem}") from problem


def read_headed(path: Path, expected: set[str]) -> tuple[dict[str, str], str]:
    """A text below a head: lines “name: value” of exactly these names, a line of three dashes, and HTML."""
    where = f"seeds/{path.parent.name}/{path.name}"
    head, dashes, body = path.read_text(encoding="utf-8").partition("\n---\n")
    if not dashes:
        raise BadSeed(f"{where}: there is no line of three dashes between the head and the text.")
    fields: dict[str, str] = {}
    for line in head.splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            raise BadSeed(f"{where}: “{line}” isn't “name: value”.")
        fields[name.strip()] = value.strip()
    if set(fields) != expected:
        raise BadSeed(f"{where}: missing or unknown in the head: {', '.join(sorted(expected ^ set(fields)))}.")
    return fields, body
