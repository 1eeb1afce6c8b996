"""From, To and Subject of a mail's bytes, decoded, at a cost that a catcher can bear for every mail.

The standard library's parser takes a millisecond; this looks at three header fields only. What cannot be decoded is
shown as it came: a development inbox shows broken mail, it does not refuse it.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header

# Looking for the end of a word that has none goes through the rest of the header, so a header of nothing but beginnings
# would take the square of its length.
MOST_ENCODED_WORDS = 100
LONGEST_DECODED = 100_000  # characters
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


def brief(raw: bytes) -> tuple[str, str, str]:
    """From, To and Subject; empty where there is none."""
    end = _END.search(raw)
    found = {b"from": "", b"to": "", b"subject": ""}
    for line in _FOLD.sub(b" ", raw[: end.start()] if end else raw).splitlines():
        name, colon, value = line.partition(b":")
        key = name.strip().lower()
        if colon and key in found and not found[key]:
            found[key] = decoded(value.strip())
    return found[b"from"], found[b"to"], found[b"subject"]


def decoded(value: bytes) -> str:
    text = value.decode("utf-8", "replace")  # RFC 6532; ASCII is part of it
    if len(text) > LONGEST_DECODED or not 0 < text.count("=?") <= MOST_ENCODED_WORDS:
        return text
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
            for part, charset in decode_header(text)
        )
    except (HeaderParseError, LookupError, ValueError):
        return text
