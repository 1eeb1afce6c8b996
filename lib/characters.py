"""Characters: those that no page, feed or mail can hold, and Unicode's normal form at a cost that is known before.

Control characters come along from Word or a PDF. XML 1.0 §2.2 names those that it knows; MJML, RSS and PostgreSQL's
text know no others either. Invisible characters that mean something stay: joiners within emoji and Persian words,
marks of direction, soft hyphens, no-break spaces.

Normalising sorts the combining marks behind each letter, in a time that grows with the square of their number: 880 KB
of them take a minute. So nothing here or elsewhere calls `unicodedata.normalize` on a text that others wrote but
`composed` and `decomposed`, which measure the runs first, in linear time.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from django.utils.translation import gettext as _

# Unicode's Stream-Safe Text Format (UAX #15, section 13): no language needs more marks on one letter.
MOST_MARKS = 30
_BEHIND_ALL_MARKS = 0x1F000  # every character that has a combining class, or decomposes into one, is before this
_UNKNOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_LINE = "\x00-\x1f\x7f-\x9f\u2028\u2029"  # C0, C1, and what ends a line or a paragraph
_CONTROL = re.compile(f"[{_NO_LINE}]")
_GAP = re.compile(f"[{_NO_LINE}\ud800-\udfff\ufffe\uffff ]+")
_NAMES = {
    "\x00": "null", "\x07": "bell", "\x08": "backspace", "\t": "tab", "\n": "line feed", "\x0b": "vertical tab",
    "\x0c": "form feed", "\r": "carriage return", "\x1b": "escape", "\x7f": "delete", "\x85": "next line",
    "\u2028": "line separator", "\u2029": "paragraph separator",
}  # fmt: skip


def without_controls(text: str) -> str:
    """The text without them; line breaks and tabs stay."""
    return _UNKNOWN.sub("", text)


def one_line(text: str) -> str:
    """Without control characters and line ends, so that no name can begin a header or a line of SMTP. All else that
    can be written is kept."""
    if text.isprintable():
        return " ".join(text.split())  # plain spaces alone, and in half the time: every mail has a name or two
    return _GAP.sub(" ", text).strip()


def controls_in(text: str) -> list[str]:
    """Control characters and line ends in a text that has to be one line, as staff may look them up: “line feed
    (U+000A)”. Each once, in order."""
    found = dict.fromkeys(_CONTROL.findall(text))
    return [f"{_NAMES.get(each, 'control character')} (U+{ord(each):04X})" for each in found]


class TooManyMarks(ValueError):
    """More than `MOST_MARKS` combining marks in a row; the message is one sentence for the person who typed them."""

    def __init__(self) -> None:
        super().__init__(_("This text has too many accents on one letter. Delete some of them."))


def composed(text: str) -> str:
    """The text in Unicode's normal form NFC, in linear time. Raises `TooManyMarks`."""
    if has_long_run_of_marks(text):
        raise TooManyMarks
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    """The text in the normal form NFKD, in linear time: what is in a run of marks beyond `MOST_MARKS` is left out."""
    return unicodedata.normalize("NFKD", with_shorter_runs(text))


def has_long_run_of_marks(text: str) -> bool:
    return not text.isascii() and _long_run().search(text) is not None


def with_shorter_runs(text: str) -> str:
    """The text with no more than `MOST_MARKS` combining marks in a row."""
    return text if text.isascii() else _long_run().sub(lambda run: run.group()[:MOST_MARKS], text)


@cache
def _long_run() -> re.Pattern[str]:
    """Looking each character up takes some milliseconds, so it is done when the first text needs it."""
    marks = [character for character in map(chr, range(0x300, _BEHIND_ALL_MARKS)) if _is_mark(character)]
    return re.compile(f"[{''.join(marks)}]{{{MOST_MARKS + 1},}}")


def _is_mark(character: str) -> bool:
    """Also one of class 0 that begins with a mark when it is decomposed, as U+0F73 and U+FF9E do."""
    if unicodedata.combining(character):
        return True
    return bool(unicodedata.decomposition(character)) and bool(
        unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
    )
