"""The language of a newsletter's own MJML: fields, and parts that are repeated or left out. Nothing else.

    {{ headline }}                                   a value, always escaped
    {{ name|reader }}                                a reader's own, with what stands there where it is not known
    <!-- iria:blocks --> … <!-- /iria:blocks -->     repeated for each block, with a part for each kind of block in it
    <!-- iria:articles --> … <!-- /iria:articles --> the same, where only articles have a part
    <!-- iria:if picture --> … <!-- /iria:if -->     left out where the field is empty; `unless` where it is not

Staff text is never a Django template: there are no attributes, filters, expressions or calls, and a value that is put
in is never looked at again. `parse` knows nothing of which fields exist; `problems` does, with the line of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from newsletters.blocks.registry import kind_of, kinds
from newsletters.rendering import merge

_TOKEN = re.compile(
    merge.FIELD + r"|<!--\s*iria:(?P<part>[a-z]*)(?P<about>[^<>]*)-->"
    r"|<!--\s*/iria:(?P<end>[a-z]*)\s*-->"
)
_OPEN_ADDRESS = re.compile(r"\shref\s*=\s*[\"']([^\"'<>]*)\Z", re.IGNORECASE)
# What may stand anywhere; what may stand in the part of a kind of block is said by the kind.
COMMON = (
    "newsletter", "number", "date", "subject", "preheader", "introduction", "count", "lead", "lead_summary",
    "others", "logo", "logo_alt", "logo_width", "colour", "on_colour", "background", "language", "direction", "footer",
    "postal_address", "reason", "unsubscribe_url", "preferences_url", "view_url",
)  # fmt: skip
FORMATTED = frozenset({"introduction", "text", "footer", "postal_address"})  # HTML, or several lines
COLOURS = frozenset({"colour", "on_colour", "background"})  # the only ones for a style sheet
_CONDITIONS = ("if", "unless")
REQUIRED = ("unsubscribe_url", "postal_address")


class BadTemplate(ValueError):
    """The text is no template; the message says why, and `line` (from 1) where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class PlacedField:
    name: str
    fallback: str
    line: int
    at: int  # in the source
    address: str | None = None  # what stands before it in the address of a link; None: it is in none


@dataclass(frozen=True, slots=True)
class Part:
    name: str  # blocks, articles, if, or a kind of block
    about: str
    line: int
    at: int
    nodes: list[Node] = field(default_factory=list)

    def part(self, name: str) -> Part | None:
        return next((node for node in self.nodes if isinstance(node, Part) and node.name == name), None)


Node = str | PlacedField | Part


def parse(source: str) -> list[Node]:
    """Raises `BadTemplate` where parts do not end as they began."""
    root = Part("", "", 1, 0)
    stack, position = [root], 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            stack[-1].nodes.append(source[position : match.start()])
        position = match.end()
        line = line_at(source, match.start())
        if match["field"] is not None:
            address = _address_before(source, match.start())
            stack[-1].nodes.append(PlacedField(*merge.parts_of(match), line, match.start(), address))
        elif match["part"] is not None:
            stack.append(Part(match["part"], match["about"].strip(), line, match.start()))
            stack[-2].nodes.append(stack[-1])
        elif len(stack) == 1 or stack[-1].name != match["end"]:
            raise BadTemplate(_("“/iria:%s” closes a part that isn't open here.") % match["end"], line)
        else:
            stack.pop()
    if len(stack) > 1:
        raise BadTemplate(
            _("The part “iria:%(name)s” is never closed. Write <!-- /iria:%(name)s -->.") % {"name": stack[-1].name},
            stack[-1].line,
        )
    return [*root.nodes, source[position:]]


def _address_before(source: str, at: int) -> str | None:
    tag = source.rfind("<", 0, at)
    found = _OPEN_ADDRESS.search(source, tag, at) if tag >= 0 else None
    return found[1] if found else None


def line_at(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def fields_of(nodes: Sequence[Node]) -> Iterator[PlacedField]:
    """All fields, also within parts."""
    for node in nodes:
        if isinstance(node, PlacedField):
            yield node
        elif isinstance(node, Part):
            yield from fields_of(node.nodes)


# --- What is wrong with it ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Problem:
    line: int  # 0: of no line
    sentence: str

    def __str__(self) -> str:
        return (
            _("Line %(line)d: %(sentence)s") % {"line": self.line, "sentence": self.sentence}
            if self.line
            else self.sentence
        )


def problems(nodes: Sequence[Node]) -> Iterator[Problem]:
    """Fields and parts that do not exist, or not here."""
    places = [node for node in _parts(nodes) if node.name in {"blocks", "articles"}]
    if not places:
        yield Problem(
            0, _("There is no place for the articles. Mark it with <!-- iria:articles --> and <!-- /iria:articles -->.")
        )
    for second in places[1:]:
        yield Problem(second.line, _("The articles already have a place, on line %d.") % places[0].line)
    yield from _within(nodes, "", frozenset(COMMON))
    named = {each.name for each in fields_of(nodes)}
    for name in REQUIRED:
        if name not in named:
            yield Problem(0, _("The email has to show {{ %s }} where readers can see it.") % name)


def _parts(nodes: Sequence[Node]) -> Iterator[Part]:
    for node in nodes:
        if isinstance(node, Part):
            yield node
            yield from _parts(node.nodes)


def _within(nodes: Sequence[Node], inside: str, allowed: frozenset[str]) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node, PlacedField):
            yield from _field(node, allowed)
        elif isinstance(node, Part):
            yield from _part(node, inside, allowed)
        elif inside == "blocks" and node.strip():
            yield Problem(
                0,
                _("“%s” inside “iria:blocks” doesn't belong to any kind of block.") % node.strip()[:40],
            )
        else:
            for stray in ("{{", "}}"):
                if stray in node:
                    yield Problem(0, _("“%s” on its own isn't a field. Write fields like {{ headline }}.") % stray)


def _field(field_: PlacedField, allowed: frozenset[str]) -> Iterator[Problem]:
    if field_.name in merge.PERSONAL:
        if not field_.fallback:
            yield Problem(
                field_.line,
                _("{{ %(name)s }} needs a fallback, for example {{ %(name)s|reader }}.") % {"name": field_.name},
            )
    elif field_.name not in allowed:
        close = ", ".join(sorted(allowed | set(merge.PERSONAL)))
        yield Problem(
            field_.line,
            _("There is no field {{ %(name)s }} here. You can use: %(fields)s.")
            % {"name": field_.name, "fields": close},
        )


def _part(part: Part, inside: str, allowed: frozenset[str]) -> Iterator[Problem]:
    names = [kind.name for kind in kinds()]
    if part.name in _CONDITIONS and inside != "blocks":
        if part.about not in allowed:
            sentence = _("“iria:%(part)s %(name)s”: there is no field {{ %(name)s }} here.")
            yield Problem(part.line, sentence % {"part": part.name, "name": part.about})
        yield from _within(part.nodes, inside or "if", allowed)
    elif part.name == "articles" and not inside:
        yield from _within(part.nodes, "article", frozenset({*COMMON, *kind_of("article").mjml_names}))
    elif part.name == "blocks" and not inside:
        yield from _within(part.nodes, "blocks", frozenset(COMMON))
    elif inside == "blocks" and part.name in names:
        yield from _within(part.nodes, part.name, frozenset({*COMMON, *kind_of(part.name).mjml_names}))
    else:
        known = ", ".join(names) if inside == "blocks" else "blocks, articles, if, unless"
        yield Problem(
            part.line,
            _("There is no part “iria:%(name)s” here. You can use: %(parts)s.") % {"name": part.name, "parts": known},
        )


# --- Put together ---------------------------------------------------------------------------------------------
def put_together(
    nodes: Sequence[Node], value: merge.Value, place: Callable[[Part], str], in_link: merge.Value | None = None
) -> str:
    """The text with each field's value, by its name and fallback, and what `place` makes of the blocks' part. Merge
    fields in the address of a link have what `in_link` gives."""
    made: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            made.append(node)
        elif isinstance(node, PlacedField):
            is_in_link = in_link is not None and node.address is not None and merge.is_field(node.name)
            made.append((in_link if in_link and is_in_link else value)(node.name, node.fallback))
        elif node.name not in _CONDITIONS:
            made.append(place(node))
        elif bool(value(node.about, "")) == (node.name == "if"):
            made.append(put_together(node.nodes, value, place, in_link))
    return "".join(made)
