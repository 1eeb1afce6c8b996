"""HTML of staff to text: as the text part of a mail says it, or its words alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

_CONFIG = ParserConfig(display_links=True, display_anchors=False)
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+)\)")


def html_to_text(html: str) -> str:
    """Paragraphs and lists as plain lines; a link as its words with the address in angle brackets behind (RFC 3986,
    appendix C), or the address alone where the words are the address."""
    text = _LINK.sub(lambda m: m[2] if m[1].strip() in {"", m[2]} else f"{m[1]} <{m[2]}>", get_text(html, _CONFIG))
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


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
