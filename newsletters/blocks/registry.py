"""The list of the kinds of block, and how a kind is found by its name.

A name that is not in the list, as of a kind that was removed while old editions still have it, is an `UnknownKind`: it
can be asked everything, is never complete, and says so in the composer and in preflight. Mails and pages leave it out.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from newsletters.blocks.content import BlockContent
from newsletters.blocks.kind import Kind
from newsletters.blocks.unknown.kind import UnknownKind

# A kind is a folder beside this file, and a line here: in the order in which the composer offers them.
NAMES = (
    "article",
    "heading",
    "text",
    "picture",
    "button",
    "divider",
    "sponsor",
    "quote",
    "embed",
)


def kinds() -> list[Kind]:
    return [_kind(name) for name in NAMES]


def is_known(name: str) -> bool:
    return name in NAMES


def kind_of(name: str) -> Kind:
    return _kind(name) if is_known(name) else UnknownKind(name)


def is_complete(block: BlockContent) -> bool:
    return kind_of(block.kind).is_complete(block)


@cache
def _kind(name: str) -> Kind:
    """Raises `TypeError` for a folder whose kind.py has no `KIND` of that name."""
    kind = import_module(f"newsletters.blocks.{name}.kind").KIND
    if not isinstance(kind, Kind) or kind.name != name:
        raise TypeError(f"KIND in newsletters/blocks/{name}/kind.py must be a Kind whose name is “{name}”.")
    return kind
