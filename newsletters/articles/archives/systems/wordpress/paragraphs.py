"""The classic editor keeps paragraphs as blank lines and line breaks as ends of lines; a site makes HTML of them when
it shows a post."""

from __future__ import annotations

import re
from html import escape

# What holds other blocks, and what holds a line.
_HOLDS_BLOCKS = (
    r"(?:article|aside|blockquote|center|details|div|dl|fieldset|footer|form|header|nav|ol|section|table|tbody|tfoot|thead|"
    r"tr|ul)"
)
_HOLDS_A_LINE = r"(?:address|caption|dd|dt|figcaption|h[1-6]|hr|iframe|li|p|summary|td|th|video|audio)"
_KEPT = re.compile(r"<(pre|script|style|textarea|figure)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG_OF_BLOCKS = re.compile(rf"(</?{_HOLDS_BLOCKS}\b[^<>]*>)", re.IGNORECASE)
_LINE_BEGINS = re.compile(rf"(<{_HOLDS_A_LINE}\b[^<>]*>)", re.IGNORECASE)
_LINE_ENDS = re.compile(rf"(</{_HOLDS_A_LINE}\s*>|<hr\b[^<>]*>)", re.IGNORECASE)
_BLANK = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
_BREAKS = ("<br>", "<br/>", "<br />")
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
    text = _TAG_OF_BLOCKS.sub(r"\n\n\1\n\n", text)
    text = _LINE_ENDS.sub(r"\1\n\n", _LINE_BEGINS.sub(r"\n\n\1", text))
    parts = [_paragraph(part.strip()) for part in _BLANK.split(text)]
    html = "\n".join(part for part in parts if part)
    return re.sub(f"{_MARK}(\\d{{1,9}}){_MARK}", lambda found: kept[int(found[1])], html)


def _paragraph(part: str) -> str:
    if not part or part.startswith(_MARK) or _TAG_OF_BLOCKS.fullmatch(part) or _LINE_BEGINS.match(part):
        return part
    if _ADDRESS.fullmatch(part):  # which a site shows as what is there: a video, a post
        return linked(part)
    lines = [line.strip(" \t") for line in part.split("\n")]
    broken = (line + ("\n" if line.endswith(_BREAKS) else "<br>") for line in lines[:-1])
    return f"<p>{''.join(broken)}{lines[-1]}</p>"


def linked(address: str) -> str:
    """A paragraph that leads there."""
    return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'
