"""Header fields of a compiled mail: short ASCII as it is, everything else folded or in RFC 2047 words.

No line is longer than `LINE`, and nothing that is put in can begin a header of its own: callers give lines without
control characters (`one_line`). The standard library's Header does the same in eighty microseconds; here it is one.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from email.header import Header

from lib.addresses import with_ascii_domain
from lib.characters import one_line
from newsletters.rendering import slots

LINE = 900  # bytes: longer header lines are folded; the limit is 998 (RFC 5322 §2.1.1)
_FOLD = "\r\n "
_WORD = 39  # bytes in an RFC 2047 word: 52 characters of base64, and “Subject: =?utf-8?b?…?=” has fewer than 76
_ATOM_WORDS = re.compile(r"[A-Za-z0-9 .,'()&+/_-]{1,200}")  # may stand in a quoted string without escaping


class Subject:
    """The Subject field of a variant: made at once where it has no slots, else joined for each reader."""

    def __init__(self, subject: str, names: Sequence[int]) -> None:
        """`subject` may hold markers of the slots `names`, and of no other."""
        subject = one_line(subject)
        cut = slots.cut(subject)
        if not {piece for piece in cut if isinstance(piece, int)} <= set(names):
            raise ValueError("A subject can hold a reader's name, and nothing else of theirs.")
        self._pieces = [names.index(piece) if isinstance(piece, int) else piece for piece in cut]
        self._words = [piece if isinstance(piece, int) else _words(piece) for piece in self._pieces]
        self._fixed = header("Subject", subject) if len(cut) == 1 else None

    def field(self, values: Sequence[str]) -> bytes:
        """With the values of the slots, in the order of their numbers, each in one line."""
        if self._fixed is not None:
            return self._fixed
        text = "".join([values[piece] if isinstance(piece, int) else piece for piece in self._pieces])
        if _is_plain(text):
            return f"Subject: {text}\r\n".encode()
        # Words of their own for every piece (RFC 2047 §6.2: white space between words is not shown).
        words = [_words(values[piece]) if isinstance(piece, int) else piece for piece in self._words]
        return f"Subject: {_FOLD.join(filter(None, words))}\r\n".encode()


def header(name: str, value: str) -> bytes:
    """An unstructured header."""
    if not value.isascii() or "=?" in value:
        value = _words(value)
    elif not _is_plain(value):
        value = Header(value, "us-ascii", header_name=name).encode(linesep="\r\n")
    return f"{name}: {value}\r\n".encode()


def mailbox(name: str, address: str) -> bytes:
    """`"Name" <address>`, the name (one line) in RFC 2047 words where it needs them."""
    address = with_ascii_domain(address)
    if not name:
        return address.encode()
    if _ATOM_WORDS.fullmatch(name):
        return f'"{name}" <{address}>'.encode()
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        phrase = f'"{quoted}"'
    else:
        phrase = _words(name)
    separator = " " if len(phrase.rpartition("\n")[2]) + len(address) < LINE else _FOLD
    return f"{phrase}{separator}<{address}>".encode()


def _is_plain(value: str) -> bool:
    return value.isascii() and "=?" not in value and len(value) < LINE


def _words(text: str) -> str:
    """RFC 2047 words in UTF-8 and base64, a word a line of at most 76 characters; no character is cut in two."""
    encoded = text.encode()
    words = []
    while encoded:
        end = _WORD
        while len(encoded) > end and encoded[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(encoded[:end], newline=False).decode()}?=")
        encoded = encoded[end:]
    return _FOLD.join(words)
