"""Which way a text runs: by its own first strong letter, whatever the page or the mail around it does.

The rule is that of the Unicode Bidirectional Algorithm (UAX #9, P2 and P3), which HTML calls `dir="auto"`. It is worked
out here and written as `dir="rtl"` or `dir="ltr"`, because many mail programs and readers of feeds know only those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Literal
from unicodedata import bidirectional

Direction = Literal["ltr", "rtl"]

_STRONG: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_ISOLATES = {"LRI", "RLI", "FSI"}
_FIRST_STRONG_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
# Where no letter runs the other way, nothing needs to be said: most texts are read by these and nothing else.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>""")
_DIRECTED = frozenset(
    {"p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "figcaption"}
    | {"table", "caption", "th", "td", "aside"}
)
_SAID = re.compile(r"""\sdir\s*=\s*["']?(ltr|rtl)\b""", re.IGNORECASE)


def direction_of(text: str) -> Direction | None:
    """The direction of the first strong letter that is not within an isolate; None where there is no letter. Linear."""
    depth = 0
    for character in text:
        kind = bidirectional(character)
        if kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif kind == "B":  # a paragraph ends, and with it what was not closed
            depth = 0
        elif not depth and kind in _STRONG:
            return _STRONG[kind]
    return None


def opposite(direction: Direction) -> Direction:
    return "ltr" if direction == "rtl" else "rtl"


def isolated(text: str, around: Direction) -> str:
    """For plain text: between FSI and PDI (UAX #9, 2.4) where the words run the other way than the sentence that they
    stand in, so that its full stop and its brackets stay where they belong. Unchanged where they don't."""
    other = direction_of(text)
    return text if other in {None, around} else f"{_FIRST_STRONG_ISOLATE}{text}{_END_OF_ISOLATE}"


@dataclass(slots=True)
class _Open:
    """An element that has a direction of its own; `parent` is the one around it among these, by its number."""

    at: int  # where its start tag ends, before the ">"
    tag: str
    parent: int | None
    direction: Direction | None
    is_said: bool  # the tag says it already


def with_directions(
    html: str,
    around: Direction,
    languages: Mapping[Direction, str] | None = None,
    ignored: re.Pattern[str] | None = None,
) -> str:
    """The sanitised HTML with `dir` on each paragraph, heading, list, quotation, caption and cell of a table that runs
    the other way than what is around it, and `lang` where `languages` knows one for that direction.

    `ignored` are marks in the text that are no words. Well-formed HTML is expected, and no more than read: where it is
    not, tags stay as they are. Linear."""
    if around == "ltr" and not _RIGHT_TO_LEFT.search(html):
        return html
    found = _directed(html, ignored)
    pieces, end = [], 0
    effective: list[Direction] = []
    for element in found:
        inherited = around if element.parent is None else effective[element.parent]
        own = element.direction or inherited
        effective.append(own)
        if own == inherited or element.is_said:
            continue
        language = (languages or {}).get(own, "")
        said = f' lang="{language}" dir="{own}"' if language else f' dir="{own}"'
        pieces += [html[end : element.at], said]
        end = element.at
    return "".join([*pieces, html[end:]])


def _directed(html: str, ignored: re.Pattern[str] | None) -> list[_Open]:
    """All elements that can have a direction, in order, each with that of its first letter."""
    found: list[_Open] = []
    stack: list[int] = []
    waiting = 0  # how many on top of the stack have no direction yet: below one that has, all have
    end = 0

    def read(text: str) -> None:
        nonlocal waiting
        if not waiting or not text:
            return
        words = unescape(text)
        direction = direction_of(ignored.sub("", words) if ignored else words)
        if direction is not None:
            for number in stack[len(stack) - waiting :]:
                found[number].direction = found[number].direction or direction
            waiting = 0

    for match in _TAG.finditer(html):
        read(html[end : match.start()])
        end = match.end()
        tag = match[2].lower()
        if tag not in _DIRECTED:
            continue
        if not match[1]:
            said = _SAID.search(match[3])
            direction: Direction | None = ("rtl" if said[1].lower() == "rtl" else "ltr") if said else None
            found.append(_Open(match.end() - 1, tag, stack[-1] if stack else None, direction, said is not None))
            stack.append(len(found) - 1)
            waiting += 1
        elif stack and found[stack[-1]].tag == tag:
            stack.pop()
            waiting = max(0, waiting - 1)
    read(html[end:])
    return found
