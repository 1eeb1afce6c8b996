"""The two ways to write a body part so that it can be cut at its slots: quoted-printable, and eight bits.

Quoted-printable (RFC 2045 §6.7) fits any text, any value and any server: a soft line break stands on both sides of
every slot, so no value makes a line too long. Eight bits (RFC 6152) are smaller where there is much beyond ASCII, but a
line may not grow beyond 998 bytes: `room` says how long a value may be. Either way what is made here is what goes over
the wire: CRLF line ends, dots stuffed (RFC 5321 §4.5.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mail.writing import bodies
from mail.writing.bodies import SOFT_BREAK
from newsletters.rendering import slots

Pieces = list[bytes | int]  # encoded text, and numbers of slots
LONGEST_LINE = 998  # bytes (RFC 5322 §2.1.1)
LEAST_ROOM = 120  # bytes for a value; where there is less, too many values would not fit
_DOT = ord(".")
_BREAK_AFTER = 400  # bytes of a line of HTML, before the next place at which it may be broken
_TAG = re.compile(r'(<[A-Za-z][A-Za-z0-9]*) (?=[A-Za-z][A-Za-z-]*=")')


@dataclass(frozen=True)
class EightBits:
    pieces: Pieces
    room: int  # bytes that each value may have


# --- Quoted-printable -----------------------------------------------------------------------------------------
def quoted_printable(source: str) -> Pieces:
    cut = slots.cut(source)
    last = len(cut) - 1
    return [
        piece
        if isinstance(piece, int)
        else (SOFT_BREAK if at else b"") + bodies.quoted_printable(piece) + (SOFT_BREAK if at < last else b"")
        for at, piece in enumerate(cut)
    ]


# --- Eight bits -----------------------------------------------------------------------------------------------
def eight_bits(source: str, *, is_html: bool) -> EightBits | None:
    """None where eight bits bring nothing, or a line could become too long."""
    if source.isascii() or "\0" in source:
        return None
    lines = [
        shorter
        for line in bodies.plain_line_ends(source).split("\n")
        for shorter in (_broken(line) if is_html else [line])
    ]
    room = LONGEST_LINE
    for line in lines:
        cut = slots.cut(line)
        left = LONGEST_LINE - 1 - sum(len(piece.encode()) for piece in cut if isinstance(piece, str))  # 1: a dot
        if left < 0:
            return None
        if len(cut) > 1:
            room = min(room, left // (len(cut) // 2))
    if room < LEAST_ROOM:
        return None
    stuffed = "\r\n".join("." + line if line.startswith(".") else line for line in lines)
    return EightBits([piece if isinstance(piece, int) else piece.encode() for piece in slots.cut(stuffed)], room)


def eight_bit_value(value: str) -> bytes:
    """Of one line or more; the first line's dot is the business of `all_fit`."""
    return value.replace("\n.", "\n..").replace("\n", "\r\n").encode()


def all_fit(values: Iterable[bytes], room: int) -> bool:
    """May the values stand in eight-bit lines? At its start a dot would have to be stuffed, and so would a dot behind
    a value that is empty: those few are quoted-printable."""
    for value in values:  # noqa: SIM110 - `all` takes twice as long
        if not 0 < len(value) <= room or value[0] == _DOT:
            return False
    return True


def _broken(line: str) -> list[str]:
    """A line of HTML in shorter ones. Between the name of a tag and its first attribute a line break means what a space
    means; attribute values cannot look like one, since the serializer writes quotes in them as `&quot;`."""
    lines: list[str] = []
    start = 0
    for match in _TAG.finditer(line):
        shorter = line[start : match.end(1)]
        # A value needs room of its own: two in a line would leave each only half of what is left.
        if len(shorter.encode()) > _BREAK_AFTER or slots.MARK in shorter:
            lines.append(line[start : match.end(1)])
            start = match.end()
    return [*lines, line[start:]]
