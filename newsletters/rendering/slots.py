"""Places in a rendered mail that differ from reader to reader.

A mail is rendered once for all readers of a variant; a slot stands where a reader's own value goes, as a marker of
ASCII letters and digits that MJML, CSS inlining and HTML escaping leave alone. Values are escaped by where the slot
stands: HTML in the HTML part, plain in the text part and in the subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

MARK = "iRiAsLoT"
MARKER = re.compile(MARK + r"(\d{3})x")


class Field(StrEnum):
    """What a slot can hold. The first two are the merge fields that staff may use, and the next two the same in the
    address of a link; links and the reason are ours."""

    NAME = "name"
    FIRST_NAME = "first_name"
    NAME_IN_LINK = "name_in_link"
    FIRST_NAME_IN_LINK = "first_name_in_link"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    REASON = "reason"


Slot = tuple[Field, str]  # the field and its fallback
IN_LINK = {Field.NAME: Field.NAME_IN_LINK, Field.FIRST_NAME: Field.FIRST_NAME_IN_LINK}
FIRST_NAMES = frozenset({Field.FIRST_NAME, Field.FIRST_NAME_IN_LINK})


@dataclass
class SlotTable:
    """Hands out markers while a mail is rendered; the same field with the same fallback is one slot."""

    slots: list[Slot] = field(default_factory=list)

    def marker(self, name: Field, fallback: str = "") -> str:
        slot = (name, fallback)
        if slot not in self.slots:
            self.slots.append(slot)
        return marker(self.slots.index(slot))


def marker(number: int) -> str:
    return f"{MARK}{number:03d}x"


def cut(source: str) -> list[str | int]:
    """The source cut at its markers: text, slot number, text, slot number, …, text. Raises ValueError for a marker that
    rendering damaged."""
    pieces: list[str | int] = [int(p) if at % 2 else p for at, p in enumerate(MARKER.split(source))]
    if len(pieces) // 2 != source.count(MARK):
        raise ValueError("A slot was damaged while the mail was rendered.")
    return pieces


def words_of(text: str) -> str:
    """The text without its markers, whose letters are not those of any reader's language."""
    return MARKER.sub("", text)


def fill(source: str, values: Sequence[str]) -> str:
    """The source with each marker replaced by the value of its slot."""
    return MARKER.sub(lambda match: values[int(match[1])], source)


def fill_html(source: str, values: Sequence[str]) -> str:
    return fill(source, [escape(value) for value in values])


def from_json(slots: Iterable[Sequence[str]]) -> list[Slot]:
    return [(Field(name), fallback) for name, fallback in slots]
