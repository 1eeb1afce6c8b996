"""A caption and the credit at its end, told apart: “Soldiers near the border. (Photo: AP)” is both."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import NamedTuple

MOST_READ = 2000  # characters of a caption
_LABEL = (
    r"(?:image|photo(?:graph)?|picture|foto|bild|illustration|graphic)s?"
    r"(?:\s+(?:credits?|courtesy|source|by|from|via)(?:\s+(?:of|by|to))?)?"
    r"|credits?(?:\s+(?:line|to))?|courtesy(?:\s+of)?|source|quelle|©|copyright|\(c\)"
)
# What stands in brackets at the end: a label with what follows, or whatever says “photo by” within itself.
_LABELLED = re.compile(rf"^(?:{_LABEL})\s*(?:[:：–—-]\s*|(?<=by)\s|(?<=of)\s|(?<=©)\s*|(?<=from)\s|(?<=via)\s)", re.I)
_SAYS_BY = re.compile(r"\b(?:photo(?:graph)?|image|picture|illustration)\s+(?:by|from|courtesy|via)\b", re.I)
_LAST_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]{2,300}(?:\([^()]{1,100}\)[^()\[\]]{0,200})?)[)\]]\s*\.?\s*$")
# Without brackets it needs a colon, “by” or “©”, and a sentence's end or the beginning before it.
_BARE = re.compile(
    rf"(?:^|(?<=[.!?…”\"|/–—-])\s*|\s+[|/–—-]\s+)((?:{_LABEL})\s*(?::|(?<=by)\s|(?<=©)|(?<=courtesy of)\s)\s*"
    r"[^.!?|]{2,120}(?:\.[^.!?|]{1,60}){0,3}\.?)\s*$",
    re.I,
)
_TAG = re.compile(r"<[^<>]*>")
_OPENING = re.compile(r"<(?!/|br[\s/>])")
_PIECES = re.compile(r"<[^<>]*>|&[a-z0-9#]{1,10};|.", re.DOTALL)


class CaptionAndCredit(NamedTuple):
    caption: str
    credit: str  # plain text, without its label


def split_credit(caption: str) -> CaptionAndCredit:
    """Of plain text. A caption without a recognisable credit stays as it is."""
    text = caption.strip()
    if len(text) > MOST_READ:
        return CaptionAndCredit(text, "")
    if found := _LAST_BRACKET.search(text):
        inside = found[1].strip()
        if label := _LABELLED.match(inside):
            return _split(text, found.start(), inside[label.end() :])
        if _SAYS_BY.search(inside):
            return _split(text, found.start(), inside)
        return CaptionAndCredit(text, "")
    if found := _BARE.search(text):
        inside = found[1].strip()
        label = _LABELLED.match(inside)
        return _split(text, found.start(), inside[label.end() :] if label else inside)
    return CaptionAndCredit(text, "")


def split_credit_html(caption: str) -> CaptionAndCredit:
    """Of a figcaption's HTML: its caption keeps its tags unless one of them ends within the credit."""
    split = split_credit(unescape(_TAG.sub("", caption)).strip())
    if not split.credit:
        return CaptionAndCredit(caption, "")
    if not split.caption:
        return split
    end = _place_of(caption, len(split.caption))
    before = caption[:end].rstrip()
    if len(_OPENING.findall(before)) == before.count("</"):
        return CaptionAndCredit(before, split.credit)
    return CaptionAndCredit(escape(split.caption, quote=False), split.credit)


def _place_of(html: str, length: int) -> int:
    """Where in the HTML so many characters of its text have been, with the tags that end there."""
    seen = at = 0
    for piece in _PIECES.finditer(html.lstrip()):
        if not piece[0].startswith("<"):
            if seen >= length:
                break
            seen += 1
        elif seen >= length and not piece[0].startswith("</"):
            break
        at = piece.end()
    return at + len(html) - len(html.lstrip())


def _split(text: str, at: int, credit: str) -> CaptionAndCredit:
    credit = credit.strip(" .:–—-")
    if not credit:
        return CaptionAndCredit(text, "")
    return CaptionAndCredit(text[:at].rstrip(" |/–—-"), credit)
