"""The Subject field of a variant: made at once where it has no slots, else joined for each reader."""

from __future__ import annotations

from collections.abc import Sequence

from lib.characters import one_line
from mail.writing import fields
from newsletters.rendering import slots

_ROOM = fields.LINE - len("Subject: ")


class Subject:
    def __init__(self, subject: str, names: Sequence[int]) -> None:
        """`subject` may hold markers of the slots `names`, and of no other."""
        subject = one_line(subject)
        cut = slots.cut(subject)
        if not {piece for piece in cut if isinstance(piece, int)} <= set(names):
            raise ValueError("A subject can hold a reader's name and attributes, and nothing else of theirs.")
        self._pieces = [names.index(piece) if isinstance(piece, int) else piece for piece in cut]
        self._words = [piece if isinstance(piece, int) else fields.encoded_words(piece) for piece in self._pieces]
        self._fixed = fields.field("Subject", subject) if len(cut) == 1 else None

    def field(self, values: Sequence[str]) -> bytes:
        """With the values of the slots, in the order of their numbers, each in one line."""
        if self._fixed is not None:
            return self._fixed
        text = "".join([values[piece] if isinstance(piece, int) else piece for piece in self._pieces])
        if (line := one_line(text)) != text:  # as where an attribute is empty
            return fields.field("Subject", line)
        if fields.is_plain(text):
            return f"Subject: {text}\r\n".encode() if len(text) <= _ROOM else fields.field("Subject", text)
        # Words of their own for every piece (RFC 2047 §6.2: white space between words is not shown).
        words = [fields.encoded_words(values[piece]) if isinstance(piece, int) else piece for piece in self._words]
        return f"Subject: {fields.FOLD.join(filter(None, words))}\r\n".encode()
