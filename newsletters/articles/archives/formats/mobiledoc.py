"""Mobiledoc 0.3, the JSON in which Ghost's editor kept a post from 2016 to 2023, to HTML. It isn't cleaned: that is
done to any text of an archive."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import pairwise
from typing import Any

from newsletters.articles.archives.formats.ghost_cards import card_html

_MARKUP, _IMAGE, _LIST, _CARD = 1, 2, 3, 10
_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "aside"}
_MOST = 5_000_000  # characters of HTML: a document names a card or a link as often as it likes
_SHOWN = {"b", "strong", "i", "em", "code", "sub", "sup", "a"}


def mobiledoc_to_html(document: object, left_out: dict[str, None]) -> str:
    """Raises `ValueError` for what isn't such a document, or becomes too long."""
    sections = document.get("sections") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(sections, list):
        raise ValueError("Its text isn't in a form that we know.")  # noqa: TRY004 # of an archive, not of a caller
    reading = _MobiledocReading(document, left_out)
    return "".join(reading.section(section) for section in sections if isinstance(section, list) and section)


class _MobiledocReading:
    def __init__(self, document: dict[str, Any], left_out: dict[str, None]) -> None:
        self._left_out = left_out
        self._length = 0
        self._markups, self._atoms, self._cards = (_list(document.get(name)) for name in ("markups", "atoms", "cards"))

    def section(self, section: list[Any]) -> str:
        kind, *rest = section
        if kind == _MARKUP and len(rest) >= 2:
            tag = rest[0] if isinstance(rest[0], str) and rest[0].lower() in _BLOCKS else "p"
            tag = {"aside": "blockquote"}.get(tag.lower(), tag.lower())
            inside = self._markers(rest[1])
            return f"<{tag}>{inside}</{tag}>" if inside.strip() else ""
        if kind == _IMAGE and rest and isinstance(rest[0], str):
            return f'<figure><img src="{escape(rest[0])}" alt=""></figure>'
        if kind == _LIST and len(rest) >= 2:
            tag = "ol" if rest[0] == "ol" else "ul"
            return f"<{tag}>{''.join(f'<li>{self._markers(item)}</li>' for item in _list(rest[1]))}</{tag}>"
        if kind == _CARD and rest:
            name, payload = _pair(_at(self._cards, rest[0]))
            html = card_html(name, payload if isinstance(payload, dict) else {}, self._left_out) if name else ""
            return self._counted(html)
        return ""

    def _counted(self, html: str) -> str:
        """Raises `ValueError` when it is too much, before all of it is made."""
        self._length += len(html)
        if self._length > _MOST:
            raise ValueError("Its text is longer than 5 MB.")
        return html

    def _markers(self, markers: object) -> str:
        """A text with what opens before each piece, and how much closes behind it."""
        parts: list[str] = []
        opened: list[str] = []
        for marker in _list(markers):
            if not isinstance(marker, list) or len(marker) < 4:
                continue
            kind, opens, closes, value = marker[:4]
            for at in _list(opens):
                begin, end = self._markup(at)
                parts.append(self._counted(begin))
                opened.append(end)
            parts.append(self._counted(self._atom(value) if kind == 1 else _text(value)))
            for _count in range(min(closes, len(opened)) if isinstance(closes, int) else 0):
                parts.append(opened.pop())
        return "".join([*parts, *reversed(opened)])

    def _markup(self, at: object) -> tuple[str, str]:
        tag, attributes = _pair(_at(self._markups, at))
        tag = tag.lower()
        if tag not in _SHOWN:
            return "", ""
        written = _list(attributes)
        href = next((each for name, each in pairwise(written) if name == "href"), "")
        if tag == "a":
            return (f'<a href="{escape(href)}">', "</a>") if isinstance(href, str) and href else ("", "")
        return f"<{tag}>", f"</{tag}>"

    def _atom(self, at: object) -> str:
        name, text = _pair(_at(self._atoms, at))
        return "<br>" if name == "soft-return" else _text(text)


def _text(value: object) -> str:
    return escape(value, quote=False) if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(values: list[Any], at: object) -> object:
    return values[at] if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < len(values) else None


def _pair(value: object) -> tuple[str, object]:
    """A name and what belongs to it."""
    found: Iterable[Any] = value if isinstance(value, list) else ()
    name, second, *_rest = [*found, "", None]
    return (name, second) if isinstance(name, str) else ("", None)
