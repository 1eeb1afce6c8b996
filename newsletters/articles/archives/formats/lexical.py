"""Lexical, the JSON in which Ghost's editor keeps a post since 2023, to HTML. It isn't cleaned: that is done to any
text of an archive."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from newsletters.articles.archives.formats.ghost_cards import card_html, text_of

MOST_DEPTH = 60
# Bits of a text's format, innermost first.
_FORMATS = ((16, "code"), (64, "sup"), (32, "sub"), (2, "em"), (1, "strong"))
_BLOCKS = {"paragraph": "p", "quote": "blockquote", "extended-quote": "blockquote", "aside": "blockquote"}
_BLOCKS |= {"listitem": "li"}
_BREAKS = {"linebreak": "<br>", "tab": " "}
_HEADINGS = {"heading", "extended-heading"}
_TEXTS = {"text", "extended-text", "code-highlight"}
_LINKS = {"link", "autolink", "at-link"}


def lexical_to_html(document: object, left_out: dict[str, None]) -> str:
    """Raises `ValueError` for what isn't such a document, or is nested too deeply."""
    root = document.get("root") if isinstance(document, dict) else None
    if not isinstance(root, dict):
        raise ValueError("Its text isn't in a form that we know.")  # noqa: TRY004 # of an archive, not of a caller
    return _children(root, left_out, 0)


def _children(node: Mapping[str, Any], left_out: dict[str, None], depth: int) -> str:
    if depth > MOST_DEPTH:
        raise ValueError("Its text is nested too deeply.")
    children = node.get("children")
    return "".join(
        _node(child, left_out, depth + 1)
        for child in (children if isinstance(children, list) else ())
        if isinstance(child, dict)
    )


def _node(node: Mapping[str, Any], left_out: dict[str, None], depth: int) -> str:
    kind = text_of(node, "type")
    if kind in _TEXTS:
        return _text(node)
    if kind in _BREAKS:
        return _BREAKS[kind]
    if not isinstance(node.get("children"), list):
        return card_html(kind, node, left_out)
    inside = _children(node, left_out, depth)
    if kind in _LINKS:
        return f'<a href="{escape(text_of(node, "url"))}">{inside}</a>'
    tag = _tag(kind, node)
    return f"<{tag}>{inside}</{tag}>" if tag and inside else inside


def _tag(kind: str, node: Mapping[str, Any]) -> str:
    """Of an element that holds others; empty for one that only groups them."""
    if kind in _HEADINGS:
        tag = text_of(node, "tag")
        return tag if tag in {"h1", "h2", "h3", "h4", "h5", "h6"} else "h2"
    if kind == "list":
        return "ol" if text_of(node, "listType") == "number" else "ul"
    return _BLOCKS.get(kind, "")


def _text(node: Mapping[str, Any]) -> str:
    value, bits = node.get("text"), node.get("format")
    html = escape(value, quote=False) if isinstance(value, str) else ""
    if not html.strip():
        return html
    for bit, tag in _FORMATS:
        if isinstance(bits, int) and bits & bit:
            html = f"<{tag}>{html}</{tag}>"
    return html
