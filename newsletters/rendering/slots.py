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
    STAY = "stay"  # the page on which readers say that they want to stay
    REASON = "reason"
    READER = "reader"  # the token of links and of the picture, where they are counted by reader


ATTRIBUTE, ATTRIBUTE_IN_LINK = "attribute.", "attribute_in_link."  # before the key of an attribute
Slot = tuple[str, str]  # a `Field` or `of_attribute`, and the fallback
MOST_SLOTS = 200  # in one mail: staff could otherwise make markers run out, and every mail slow
IN_LINK: dict[str, Field] = {Field.NAME: Field.NAME_IN_LINK, Field.FIRST_NAME: Field.FIRST_NAME_IN_LINK}
FIRST_NAMES: frozenset[str] = frozenset({Field.FIRST_NAME, Field.FIRST_NAME_IN_LINK})


def of_attribute(key: str, *, in_link: bool = False) -> str:
    """What a slot holds for the attribute of this key."""
    return f"{ATTRIBUTE_IN_LINK if in_link else ATTRIBUTE}{key}"


def attribute_key(name: str) -> str:
    """The key of the attribute that a slot holds; empty where it holds none."""
    return name.partition(".")[2] if name.startswith((ATTRIBUTE, ATTRIBUTE_IN_LINK)) else ""


def is_in_link(name: str) -> bool:
    """Does the slot's value stand in the address of a link?"""
    return name in _IN_LINKS or name.startswith(ATTRIBUTE_IN_LINK)


_IN_LINKS = frozenset(IN_LINK.values())


@dataclass
class SlotTable:
    """Hands out markers while a mail is rendered; the same field with the same fallback is one slot."""

    slots: list[Slot] = field(default_factory=list)

    def marker(self, name: str, fallback: str = "") -> str:
        """Raises ValueError beyond `MOST_SLOTS`."""
        slot = (name, fallback)
        if slot not in self.slots:
            if len(self.slots) == MOST_SLOTS:
                raise ValueError(f"There are more than {MOST_SLOTS} different merge fields and fallbacks in it.")
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


def in_capitals(text: str) -> str:
    """The text in capitals, but for its markers: what a reader's value is, nobody knows yet."""
    return "".join(marker(int(part)) if at % 2 else part.upper() for at, part in enumerate(MARKER.split(text)))


def words_of(text: str) -> str:
    """The text without its markers, whose letters are not those of any reader's language."""
    return MARKER.sub("", text)


def fill(source: str, values: Sequence[str]) -> str:
    """The source with each marker replaced by the value of its slot."""
    return MARKER.sub(lambda match: values[int(match[1])], source)


def fill_html(source: str, values: Sequence[str]) -> str:
    return fill(source, [escape(value) for value in values])


def from_json(slots: Iterable[Sequence[str]]) -> list[Slot]:
    return [(name if attribute_key(name) else Field(name), fallback) for name, fallback in slots]
