"""Texts as body parts in quoted-printable (RFC 2045 §6.7): for any text and any server.

Lines end in CRLF and have at most 76 characters. None begins with a dot, so nothing has to be stuffed (RFC 5321
§4.5.2), and any may be followed by a soft line break, so what was encoded by itself can be joined.
"""

from __future__ import annotations

from binascii import b2a_qp

SOFT_BREAK = b"=\r\n"
_MOST = 75  # characters, before the “=” of a soft line break


def quoted_printable(text: str) -> bytes:
    return b"\r\n".join([quoted_line(line) for line in lines_of(text)])


def quoted_line(line: str) -> bytes:
    """One line of a text, in one or more lines of quoted-printable, without a line end behind."""
    pieces = b2a_qp(line.encode(), istext=False).split(b"=\n")
    return SOFT_BREAK.join([piece for each in pieces for piece in _fitting(each)])


def _fitting(piece: bytes) -> list[bytes]:
    """b2a_qp fills the last line to 76 characters, and leaves dots as they are."""
    fitting: list[bytes] = []
    while True:
        if piece.startswith(b"."):
            piece = b"=2E" + piece[1:]
        if len(piece) <= _MOST:
            return [*fitting, piece]
        escape = piece.rfind(b"=", _MOST - 2, _MOST)  # which would be cut in two
        end = _MOST if escape < 0 else escape
        fitting.append(piece[:end])
        piece = piece[end:]


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
