"""Are the styles of a mail such as clients understand, and does Gmail keep the style sheet?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2
from django.utils.translation import gettext as _

from newsletters.rendering.checking.document import Declaration, Document
from newsletters.rendering.checking.faults import Fault

MOST_STYLE = 14 * 1024  # bytes; Gmail drops style sheets beyond 16 KB
# What Gmail, Apple Mail and Outlook's web and desktop programs apply, or leave out without harm.
_SUPPORTED = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-top-color",
    "border-bottom-color", "border-width", "clear", "color", "color-scheme", "cursor", "direction", "display", "float",
    "font", "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
    "line-height", "list-style", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-height", "max-width", "min-height", "min-width", "opacity", "outline", "overflow", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "supported-color-schemes", "table-layout",
    "text-align", "text-decoration", "text-indent", "text-transform", "unicode-bidi", "vertical-align", "visibility",
    "white-space", "width", "word-break", "word-spacing", "word-wrap", "overflow-wrap",
}  # fmt: skip
_OF_ONE_CLIENT = ("mso-", "-webkit-", "-ms-", "-moz-")
_DISPLAYS = {"none", "block", "inline", "inline-block", "table", "table-cell", "table-row", "list-item", "inline-table"}


def check(document: Document) -> Iterator[Fault]:
    size = len(document.style.encode())
    if size > MOST_STYLE:
        yield Fault(
            "style_size",
            _("The email's style sheet has %(kb)d KB. Gmail drops it above 16 KB.") % {"kb": round(size / 1024)},
        )
    unknown = {*_unsupported(_all(document)), *_at_rules(document.style_nodes)}
    if unknown:
        yield Fault("css", _("Some email clients don't support: %s.") % ", ".join(sorted(unknown)))


def _all(document: Document) -> Iterator[Declaration]:
    for named in document.inline.values():
        yield from named.values()
    for rule in document.rules:
        yield from rule.declarations


def _unsupported(declarations: Iterable[Declaration]) -> Iterator[str]:
    for declaration in declarations:
        name = declaration.name
        if name.startswith(_OF_ONE_CLIENT):
            continue
        if name not in _SUPPORTED:
            yield name
        elif name == "display" and declaration.words.lower() not in _DISPLAYS:
            yield f"{name}: {declaration.words}"
        for token in declaration.tokens:
            if token.type == "url" or (token.type == "function" and token.lower_name not in {"rgb", "rgba"}):
                yield f"{name}: {tinycss2.serialize([token])[:60]}"


def _at_rules(nodes: Iterable[Any], *, inner: bool = False) -> Iterator[str]:
    """Only @media, and nothing that begins with @ inside it: Gmail drops the whole sheet."""
    for node in nodes:
        if node.type != "at-rule":
            continue
        keyword = node.lower_at_keyword
        if keyword != "media" or inner or node.content is None:
            yield f"@{keyword}" + (f" {_('inside another')}" if inner else "")
            continue
        yield from _at_rules(tinycss2.parse_rule_list(node.content, skip_comments=True), inner=True)
