"""Characters that no page, feed or mail can hold: control characters that came along from Word or a PDF.

XML 1.0 §2.2 names those that it knows; MJML, RSS and PostgreSQL's text know no others either.
"""

from __future__ import annotations

import re

_UNKNOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def without_controls(text: str) -> str:
    """The text without them; line breaks and tabs stay."""
    return _UNKNOWN.sub("", text)


def one_line(text: str) -> str:
    """Without control characters, so that no name can begin a header or a line of SMTP."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
