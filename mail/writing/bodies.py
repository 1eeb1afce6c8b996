"""Texts as body parts in quoted-printable (RFC 2045 §6.7): for any text and any server.

Lines end in CRLF and have at most 76 characters. None begins with a dot, so nothing has to be stuffed (RFC 5321
§4.5.2), and any may be followed by a soft line break, so what was encoded by itself can be joined.
"""

from __future__ import annotations

import re
from binascii import b2a_qp

SOFT_BREAK = b"=\r\n"
_MOST = 75  # characters, before the “=” of a soft line break
# What b2a_qp leaves to us: dots that begin a line, and the last line of a paragraph, which it fills to 76 and more.
_UNFIT = re.compile(rb"^(?:\.[^\n]*|[^\n]{75,}[^=\n])$", re.MULTILINE)


def quoted_printable(text: str) -> bytes:
    encoded = b2a_qp(plain_line_ends(text).encode(), istext=True)
    return _UNFIT.sub(_fitting, encoded).replace(b"\n", b"\r\n")


def _fitting(line: re.Match[bytes]) -> bytes:
    piece = line[0].removesuffix(b"=")  # of a soft line break: any other would be “=3D”
    end = line[0][len(piece) :]
    fitting: list[bytes] = []
    while True:
        if piece.startswith(b"."):
            piece = b"=2E" + piece[1:]
        if len(piece) <= _MOST:
            return b"=\n".join([*fitting, piece]) + end
        escape = piece.rfind(b"=", _MOST - 2, _MOST)  # which would be cut in two
        cut = _MOST if escape < 0 else escape
        fitting.append(piece[:cut])
        piece = piece[cut:]


def plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
