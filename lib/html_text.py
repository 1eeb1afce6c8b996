"""HTML of staff to the text part of a mail."""

from __future__ import annotations

import re

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
