"""Does a subject, preheader or introduction name an article by its headline? And the same text with `{{ lead }}` there.

A headline counts as named when the text has all of its words or, of a long one, at least the first four, whatever the
case, the spaces between them and the kind of quotation marks. A headline of one word counts where the word is set apart
by punctuation: any text may use it otherwise.
"""

from __future__ import annotations

import re
from functools import lru_cache

from newsletters.rendering import merge

LEAD = "{{ lead }}"
LEAST = 3  # characters of a headline: what is shorter is part of other words
ENOUGH = 4  # words of a long headline that name it
# Where a word begins that isn't part of a sentence: the beginning, behind a colon or a dash, in quotation marks.
_SET_APART = r"(?:(?<![\s\S])|(?<=[:;,–—]\s)|(?<=[(\"“„«]))"
_TAG = re.compile(r"(<[^>]*>)")
_SPACE = r"(?:\s|&nbsp;)+"
_ALIKE = {**dict.fromkeys("'’‘ʼ", "['’‘ʼ]"), **dict.fromkeys('"“”„«»', '["“”„«»]'), "&": "&(?:amp;)?"}


def is_named(text: str, headline: str) -> bool:
    pattern = _pattern(headline)
    return pattern is not None and pattern.search(merge.without_fields(text)) is not None


def with_lead(text: str, headline: str) -> str:
    """The text with the merge field in place of the headline, each time it stands there."""
    pattern = _pattern(headline)
    return text if pattern is None else merge.change_outside(text, lambda piece: pattern.sub(LEAD, piece))


def html_with_lead(html: str, headline: str) -> str:
    """The same of sanitised HTML, where the headline stands within one element."""
    pieces = _TAG.split(html)
    return "".join(piece if at % 2 else with_lead(piece, headline) for at, piece in enumerate(pieces))


@lru_cache(maxsize=512)
def _pattern(headline: str) -> re.Pattern[str] | None:
    words = [_like(word) for word in headline.split()]
    if len(headline.strip()) < LEAST:
        return None
    if len(words) == 1 and _end(headline):
        return re.compile(rf"{_SET_APART}{words[0]}(?=\s*(?:\Z|[:;,.!?)–—\"”“»]))", re.IGNORECASE)
    first, rest = words[:ENOUGH], words[ENOUGH:]
    # Each further word only behind the one before it; no word repeats a pattern, so that this reads a text once.
    more = "".join(f"(?:{_SPACE}{word}" for word in rest) + ")?" * len(rest)
    begin = r"(?<!\w)" if _end(headline) else ""
    return re.compile(rf"{begin}{_SPACE.join(first)}{more}{_end(headline)}", re.IGNORECASE)


def _like(word: str) -> str:
    return "".join(_ALIKE.get(char) or re.escape(char) for char in word)


def _end(headline: str) -> str:
    """Not in the middle of a word, where the script has spaces between words."""
    return r"(?!\w)" if " " in headline.strip() or headline.isascii() else ""
