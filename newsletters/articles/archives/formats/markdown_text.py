"""Markdown as site generators and newsletters write it, to HTML: CommonMark with tables, strikethrough and footnotes,
and what Hugo's shortcodes, Jekyll's Liquid and kramdown's attributes stand for.

What stands for something that only the old system had is left out and named. The HTML isn't cleaned: that is done to
any text of an archive.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.characters import without_controls

if TYPE_CHECKING:  # imported late, as every parser: tests/iria/test_worker_imports.py
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

MOST = 500_000  # characters
_MOST_FOOTNOTES = 500
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)(.*)$")
_FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\]\s]{1,80})\]:[ \t]*(.*)$")
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,80})\]")
# Blanks are counted: two runs beside each other could be told apart in as many ways as they are long.
_SHORTCODE = re.compile(r"\{\{[<%]\s{0,9}(/?)\s{0,9}([A-Za-z][\w./-]{0,60})([^<>{}]{0,2000}?)/?\s{0,9}[>%]\}\}")
_LIQUID_TAG = re.compile(r"\{%-?\s{0,9}([a-z]\w{0,40})([^{}]{0,2000}?)-?%\}")
_LIQUID_VALUE = re.compile(r"\{\{-?\s{0,9}([^{}<>%]{1,200}?)\s{0,9}-?\}\}")
_SITE_ROOT = re.compile(r"\{\{\s{0,9}-?\s{0,9}(?:site\.(?:baseurl|url)|\.?Site\.BaseURL)\s{0,9}-?\s{0,9}\}\}")
_RELATIVE_URL = re.compile(
    r"""\{\{\s{0,9}["']([^"'{}]{1,500})["']\s{0,9}\|\s{0,9}(?:relative_url|absolute_url|url)\s{0,9}\}\}"""
)
_KRAMDOWN = re.compile(r"\{:[^{}\n]{0,300}\}")
_ARGUMENT = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'=<>`]+))""")
_PLAIN_ARGUMENT = re.compile(r"""(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'=<>`]+))""")
_PLAYERS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
_LIQUID_SILENT = {
    "raw", "endraw", "comment", "endcomment", "capture", "endcapture", "assign", "if", "unless", "else", "elsif",
    "endif", "endunless", "for", "endfor", "endhighlight", "highlight", "post_url", "link",
}  # fmt: skip


class MarkdownText(NamedTuple):
    html: str
    left_out: tuple[str, ...]  # names of shortcodes and tags that stood for something


def markdown_to_html(text: str) -> MarkdownText:
    """Raises `ValueError` for a longer text."""
    if len(text) > MOST:
        raise ValueError(f"It is longer than {MOST:,} characters.")
    lines, notes = _without_notes(without_controls(text).splitlines())
    left_out: dict[str, None] = {}
    prepared = _outside_code(lines, left_out)
    order: dict[str, int] = {}
    environment = {"notes": notes, "order": order}
    html = _renderer().render(prepared, environment)
    return MarkdownText(html + _notes_below(notes, order, environment), tuple(left_out))


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    machine = MarkdownIt("commonmark", {"html": True, "typographer": False}).enable(["table", "strikethrough"])
    machine.inline.ruler.before("link", "footnote", _reference)
    return machine


def _reference(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it: `[^name]` of a note that there is."""
    if not state.src.startswith("[^", state.pos):
        return False
    found = _REFERENCE.match(state.src, state.pos)
    notes: dict[str, list[str]] = state.env.get("notes", {})
    if found is None or found[1] not in notes:
        return False
    if not silent:
        order: dict[str, int] = state.env["order"]
        is_first = found[1] not in order
        number = order.setdefault(found[1], len(order) + 1)
        own_id = f' id="fnref-{number}"' if is_first else ""
        token = state.push("html_inline", "", 0)
        token.content = f'<sup><a href="#fn-{number}"{own_id}>{number}</a></sup>'
    state.pos = found.end()
    return True


def _without_notes(lines: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The lines without the definitions of footnotes, and the lines of each of these by its name."""
    kept: list[str] = []
    notes: dict[str, list[str]] = {}
    current: list[str] | None = None
    fence = ""
    for line in lines:
        if marks := _FENCE.match(line):
            fence = _fence_after(fence, marks)
        found = None if fence else _FOOTNOTE.match(line)
        if found is not None and found[1] not in notes and len(notes) < _MOST_FOOTNOTES:
            current = notes[found[1]] = [found[2]]
        elif current is not None and (line.startswith(("    ", "\t")) or not line.strip()):
            current.append(line.strip())
        else:
            current = None
            kept.append(line)
            continue
        if not line.strip():
            kept.append("")
    return kept, notes


def _fence_after(fence: str, marks: re.Match[str]) -> str:
    if not fence:
        return marks[1]
    ends = marks[1][0] == fence[0] and len(marks[1]) >= len(fence) and not marks[2].strip()
    return "" if ends else fence


def _notes_below(notes: dict[str, list[str]], order: dict[str, int], environment: dict[str, Any]) -> str:
    if not order:
        return ""
    items = []
    for name, number in list(order.items()):
        said = _renderer().renderInline(" ".join(filter(None, notes[name])), {"notes": {}, "order": {}})
        items.append(f'<li id="fn-{number}"><p>{said} <a href="#fnref-{number}">↩</a></p></li>')
    return f"<hr><ol>{''.join(items)}</ol>"


# --- What only the old system knows ---------------------------------------------------------------------------
def _outside_code(lines: list[str], left_out: dict[str, None]) -> str:
    """Shortcodes, Liquid and attribute lists replaced where they aren't in a fence of code, which shows them."""
    parts: list[str] = []
    waiting: list[str] = []
    fence = ""

    def settle() -> None:
        if waiting:
            parts.append(_replaced("\n".join(waiting), left_out))
            waiting.clear()

    for line in _with_fences(lines):
        marks = _FENCE.match(line)
        was_in = bool(fence)
        if marks:
            fence = _fence_after(fence, marks)
        if was_in or fence:
            settle()
            parts.append(line)
        else:
            waiting.append(line)
    settle()
    return "\n".join(parts)


_HIGHLIGHT = re.compile(r"^\s*(?:\{%-?\s*highlight\s+([\w+-]+)[^%]*%\}|\{\{<\s*highlight\s+([\w+-]+)[^>]*>\}\})\s*$")
_END_HIGHLIGHT = re.compile(r"^\s*(?:\{%-?\s*endhighlight\s*-?%\}|\{\{<\s*/\s*highlight\s*>\}\})\s*$")


def _with_fences(lines: list[str]) -> list[str]:
    """Jekyll's and Hugo's blocks of code as Markdown's."""
    made: list[str] = []
    for line in lines:
        if found := _HIGHLIGHT.match(line):
            made.append(f"~~~~~{found[1] or found[2]}")
        elif _END_HIGHLIGHT.match(line):
            made.append("~~~~~")
        else:
            made.append(line)
    return made


def _replaced(text: str, left_out: dict[str, None]) -> str:
    if "{{" in text:
        text = _RELATIVE_URL.sub(r"\1", _SITE_ROOT.sub("", text))
        text = _SHORTCODE.sub(lambda found: _shortcode(found, left_out), text)
        text = _LIQUID_VALUE.sub(lambda found: _named(found[1], left_out), text)
    if "{%" in text:
        text = _LIQUID_TAG.sub(lambda found: _liquid(found, left_out), text)
    return _KRAMDOWN.sub("", text) if "{:" in text else text


def _named(name: str, left_out: dict[str, None]) -> str:
    left_out.setdefault(" ".join(name.split())[:60])
    return ""


def _liquid(found: re.Match[str], left_out: dict[str, None]) -> str:
    name = found[1]
    if name in {"post_url", "link"}:
        return found[2].strip()
    return "" if name in _LIQUID_SILENT else _named(f"{name} {found[2].strip().partition(' ')[0]}".strip(), left_out)


def _shortcode(found: re.Match[str], left_out: dict[str, None]) -> str:
    closing, name, written = found[1], found[2].lower(), found[3]
    arguments = {each[1].lower(): next(filter(None, each.groups()[1:]), "") for each in _ARGUMENT.finditer(written)}
    plain = [next(filter(None, each.groups()), "") for each in _PLAIN_ARGUMENT.finditer(written)]
    if name in {"ref", "relref"} and plain:
        return plain[0]
    if name == "figure" and not closing and arguments.get("src"):
        return _figure(arguments)
    if name in _PLAYERS and plain:
        address = f"{_PLAYERS[name]}{arguments.get('id') or plain[0]}"
        return f"<{address}>" if re.fullmatch(r"[\w:/.?=&-]+", address) else ""
    return "" if closing else _named(found[2], left_out)


def _figure(arguments: dict[str, str]) -> str:
    """Hugo's own."""
    caption = " ".join(filter(None, (arguments.get("title"), arguments.get("caption"))))
    credit = arguments.get("attr", "")
    said = escape(" ".join(filter(None, (caption, f"(Photo: {credit})" if credit and credit not in caption else ""))))
    below = f"<figcaption>{said}</figcaption>" if said else ""
    image = f'<img src="{escape(arguments["src"])}" alt="{escape(arguments.get("alt", ""))}">'
    return f"\n\n<figure>{image}{below}</figure>\n\n"
