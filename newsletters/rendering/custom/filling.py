"""From a newsletter's own MJML to the MJML of a mail: every value escaped, and put in once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

from django.template import Engine

from newsletters.blocks.kind import Kind
from newsletters.rendering import merge
from newsletters.rendering.block_context import ShownBlock
from newsletters.rendering.custom.language import Node, Part, parse, put_together

EXAMPLE = Path(__file__).with_name("example.mjml")
_TAG = re.compile(r"<(/?)(mj-[a-z-]+)\b[^>]*?(/?)>")

Fill = merge.Value


def fill(source: str, common: Mapping[str, str], blocks: Sequence[ShownBlock], reader: Fill, in_link: Fill) -> str:
    """MJML for all readers who get these blocks.

    `common` are the values that may stand anywhere, ready for MJML; `reader` gives what stands for a field of a reader,
    and `in_link` what stands for a merge field in the address of a link.
    Raises `BadTemplate`, which saving does not let in."""

    def place(part: Part) -> str:
        return "".join(_block(block, part, in_column(source, part.at), value, in_link) for block in blocks)

    def value(name: str, fallback: str) -> str:
        return common[name] if name in common else reader(name, fallback)

    return put_together(parse(source), value, place, in_link)


def _block(block: ShownBlock, place: Part, is_in_column: bool, common: Fill, in_link: Fill) -> str:
    own = place if place.name == "articles" and block.article else place.part(block.kind.name)
    values = _values(block)

    def value(name: str, fallback: str) -> str:
        return values[name] if name in values else common(name, fallback)

    if own is not None:
        return put_together(own.nodes, value, _nowhere, in_link)
    made = put_together(_without_part(block.kind), value, _nowhere)
    return made if is_in_column else f'<mj-section padding="0"><mj-column>{made}</mj-column></mj-section>'


def _nowhere(part: Part) -> str:
    raise ValueError(f"“iria:{part.name}” is inside a block.")


def _without_part(kind: Kind) -> list[Node]:
    """What a kind looks like for which the newsletter's MJML has no part."""
    return _parsed(Engine.get_default().get_template(kind.template("custom.mjml")).source)


@lru_cache(maxsize=32)
def _parsed(source: str) -> list[Node]:
    return parse(source)


def in_column(source: str, position: int) -> bool:
    """Does a place in MJML stand within a column? What is put there is one component, and not a section."""
    depth = 0
    for match in _TAG.finditer(source, 0, position):
        if match[2] == "mj-column" and not match[3]:
            depth += -1 if match[1] else 1
    return depth > 0


def _values(block: ShownBlock) -> dict[str, str]:
    picture = block.picture
    typed = {
        "headline": block.words,
        "summary": block.summary,
        "label": block.label,
        "url": block.url,
    }
    values = {field.name: typed[field.column] for field in block.kind.fields if field.column in typed}
    values |= {
        "position": str(block.number),
        "direction": block.direction,
        "url": block.url,
        "picture": block.picture_url,
        "small_picture": block.small_url,
        "picture_alt": picture.alt if picture else "",
        "picture_width": str(picture.width) if picture else "",
        "caption": picture.caption if picture else "",
        "credit": picture.credit if picture else "",
        **block.more,
    }
    # Formatted text is sanitised already, and put in for its marker.
    return {name: escape(value) for name, value in values.items()} | {
        "text": block.insert.marker if block.insert else ""
    }


def lines(text: str) -> str:
    """Several lines, in text of MJML."""
    return "<br />".join(escape(line) for line in text.splitlines())
