"""HTML of staff to text: as the text part of a mail says it, or its words alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

Element = Any  # lxml has no types
_HOLDS_LINES = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "pre", "div", "dt", "dd"}
_LISTS = {"ul", "ol", "dl", "table"}
# No-break spaces and their like; inscriptis would make plain ones of them, at which a line may break.
_KEPT_SPACE = re.compile(r"[^\S \t\n\r\f\v]")


def html_to_text(html: str) -> str:
    """Paragraphs and lists as plain lines. Below a paragraph or a list's item stand the addresses of its links, each
    alone on a line and byte for byte as the HTML has it; where there are several, behind the words of the link."""
    from inscriptis.html_engine import Inscriptis  # late, as every parser: tests/iria/test_worker_imports.py
    from inscriptis.model.config import ParserConfig
    from lxml import html as lxml_html

    root = lxml_html.fragment_fromstring(html, create_parent="body")
    for holder, links in _links_by_holder(root).items():
        _say_addresses(holder, links)
    for element in root.iter():
        element.text, element.tail = _literal(element.text), _literal(element.tail)
    text = Inscriptis(root, ParserConfig(display_links=False, display_anchors=False)).get_text()
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _links_by_holder(root: Element) -> dict[Element, list[Element]]:
    """What holds the lines that a link stands in; of a link in a table, whose columns an address would tear apart, the
    table."""
    found: dict[Element, list[Element]] = {}
    for link in root.iter("a"):
        if not (link.get("href") or "").strip():
            continue
        tables = list(link.iterancestors("table"))
        holder = tables[-1] if tables else next((a for a in link.iterancestors() if a.tag in _HOLDS_LINES), root)
        found.setdefault(holder, []).append(link)
    return found


def _say_addresses(holder: Element, links: Sequence[Element]) -> None:
    said = {link.get("href").strip(): " ".join(link.text_content().split()) for link in reversed(links)}
    words = " ".join(holder.text_content().split())
    lines: list[str] = []
    for link in links:
        address = link.get("href").strip()
        label = said.pop(address, None)
        if label is None:
            continue  # the same address once more
        if label == address == words:
            continue  # there is nothing else in these lines
        if len(links) > 1 and label not in {"", address}:
            lines.append(f"{label}:")
        lines.append(address)
    if holder.tag == "table":
        below = holder.makeelement("p")
        holder.addnext(below)
        below.tail, holder.tail = holder.tail, None  # what stood behind the table stays behind
        _append_lines(below, None, lines)
    else:
        if lines and len(links) > 1 and holder.tag != "li":
            lines.insert(0, "")
        _append_lines(holder, _last_of_lines(holder, links[-1]), lines)


def _last_of_lines(holder: Element, last: Element) -> Element | None:
    """The child with which the lines of the last link end: the one before a list, or another block, that the holder
    holds as well."""
    child = next((each for each in (last, *last.iterancestors()) if each.getparent() is holder), None)
    while child is not None and (following := child.getnext()) is not None:
        if following.tag in _HOLDS_LINES or following.tag in _LISTS:
            break
        child = following
    return child


def _append_lines(holder: Element, behind: Element | None, lines: Sequence[str]) -> None:
    for line in lines:
        mark = holder.makeelement("br")
        if behind is None:
            holder.append(mark)
        else:
            behind.addnext(mark)  # and behind its tail
        mark.tail = line
        behind = mark


def _literal(text: str | None) -> str | None:
    """As inscriptis gives it back unchanged: it decodes references once more, though the parser has decoded them."""
    if not text:
        return text
    return _KEPT_SPACE.sub(lambda space: f"&#{ord(space[0])};", text.replace("&", "&amp;"))


# --- Words ----------------------------------------------------------------------------------------------------
_BLOCKS = {"p", "br", "hr", "li", "ul", "ol", "h2", "h3", "h4", "blockquote", "figure", "figcaption", "pre"}
_BLOCKS |= {"table", "caption", "tr", "td", "th", "div"}


class _WordCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")


def html_to_words(html: str) -> str:
    """The words of sanitised HTML without any mark-up, a paragraph a line: to count, to search and to check them."""
    parser = _WordCollector()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
