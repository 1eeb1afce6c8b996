"""Two versions of a text, and the words that are not the same in them.

Comparing costs the square of what differs, so it is bounded: what is the same at both ends is set aside first, and of
what lies between, more than `MOST_WORDS` on either side count as one change.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from lib.html_text import html_to_text

MOST_WORDS = 1500
_WORD = re.compile(r"\s*\S+|\s+$")

Kind = Literal["same", "removed", "added"]


class Passage(NamedTuple):
    kind: Kind
    text: str


def compared(before: str, after: str) -> list[Passage]:
    """The words of both, in order."""
    was, now = _WORD.findall(before), _WORD.findall(after)
    start = _same_at_start(was, now)
    end = _same_at_start(was[start:][::-1], now[start:][::-1])
    parts = [Passage("same", "".join(now[:start]))]
    parts += _between(was[start : len(was) - end], now[start : len(now) - end])
    parts.append(Passage("same", "".join(now[len(now) - end :])))
    return [part for part in parts if part.text]


def compared_html(before: str, after: str) -> list[Passage]:
    """The same for two bodies, by what a reader sees of them."""
    return compared(html_to_text(before), html_to_text(after))


def _same_at_start(one: list[str], other: list[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _between(was: list[str], now: list[str]) -> list[Passage]:
    if max(len(was), len(now)) > MOST_WORDS:
        return [Passage("removed", "".join(was)), Passage("added", "".join(now))]
    parts: list[Passage] = []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Passage("same", "".join(now[j:j_end])))
        else:
            parts += [Passage("removed", "".join(was[i:i_end])), Passage("added", "".join(now[j:j_end]))]
    return parts


def shortened(parts: list[Passage], around: int = 80) -> list[Passage]:
    """With long passages that are the same cut down to what stands around a change."""
    if not parts:
        return []
    shown: list[Passage] = []
    for n, part in enumerate(parts):
        if part.kind != "same" or len(part.text) <= 2 * around + 20:
            shown.append(part)
            continue
        head = "" if n == 0 else part.text[:around]
        tail = "" if n == len(parts) - 1 else part.text[-around:]
        shown.append(Passage("same", f"{head} … {tail}"))
    return shown
