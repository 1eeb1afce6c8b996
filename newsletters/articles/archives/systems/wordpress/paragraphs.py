"""The classic editor keeps paragraphs as blank lines and line breaks as ends of lines; a site makes HTML of them when
it shows a post."""

from __future__ import annotations

import re
from html import escape

_BLOCK = (
    r"(?:address|article|aside|blockquote|center|details|div|dl|dt|dd|fieldset|figcaption|figure|footer|form|h[1-6]|"
    r"header|hr|iframe|li|nav|ol|p|pre|script|section|style|summary|table|tbody|tfoot|thead|t[dhr]|ul|video|audio)"
)
_KEPT = re.compile(r"<(pre|script|style|textarea|figure)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG_OF_BLOCK = re.compile(rf"(</?{_BLOCK}\b[^<>]*>)", re.IGNORECASE)
_BLANK = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
_BREAK = re.compile(r"(?<!<br>)(?<!<br/>)(?<!<br />)[ \t]*\n[ \t]*")
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,2000}")
_MARK = "\ue000"  # of a part that stays as it is


def with_paragraphs(text: str) -> str:
    """The HTML that a site would show. Time grows with the length alone."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\n\n{_MARK}{len(kept) - 1}{_MARK}\n\n"

    text = text.replace(_MARK, "").replace("\r\n", "\n").replace("\r", "\n")
    text = _KEPT.sub(keep, text)
    text = _TAG_OF_BLOCK.sub(r"\n\n\1\n\n", text)
    parts = [_paragraph(part.strip()) for part in _BLANK.split(text)]
    html = "\n".join(part for part in parts if part)
    return re.sub(f"{_MARK}(\\d{{1,9}}){_MARK}", lambda found: kept[int(found[1])], html)


def _paragraph(part: str) -> str:
    if not part or part.startswith(_MARK) or _TAG_OF_BLOCK.fullmatch(part):
        return part
    if _ADDRESS.fullmatch(part):  # which a site shows as what is there: a video, a post
        return linked(part)
    return f"<p>{_BREAK.sub('<br>', part)}</p>"


def linked(address: str) -> str:
    """A paragraph that leads there."""
    return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'
