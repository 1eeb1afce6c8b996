"""Can everything be read, in the light palette and in the dark one? WCAG 2.2, 1.4.3: at least 4.5 to 1.

Each text is looked at with the nearest colour and the nearest opaque background that stand above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from tinycss2.color3 import RGBA, parse_color

from lib import colours
from newsletters.rendering.checking.document import Declaration, Document, Element
from newsletters.rendering.checking.faults import Fault


@dataclass
class _SchemeColours:
    """What the elements look like in it; `ink`, `link` and `paper` are what a client takes where nobody says."""

    name: str
    ink: str
    link: str
    paper: str
    styles: list[Mapping[Element, Mapping[str, Declaration]]] = field(default_factory=list)  # the strongest first

    def said(self, element: Element, *names: str) -> str | None:
        """The colour that the element itself has, if any."""
        for styles in self.styles:
            own = styles.get(element, {})
            for name in names:
                if name in own and (colour := _colour(own[name])):
                    return colour
        return None

    def text(self, element: Element) -> str:
        for each in _upwards(element):
            if colour := self.said(each, "color"):
                return colour
            if each.tag == "a" and each.get("href"):
                return self.link
        return self.ink

    def background(self, element: Element) -> str:
        for each in _upwards(element):
            if colour := self.said(each, "background-color", "background") or _attribute(each.get("bgcolor")):
                return colour
        return self.paper


def check(document: Document) -> Iterator[Fault]:
    palettes = [
        _SchemeColours(_("light"), "#000000", "#0000ee", "#ffffff", [document.inline]),
        _SchemeColours(_("dark"), "#ffffff", "#9e9eff", "#121212", [document.dark(), document.inline]),
    ]
    for palette in palettes:
        seen: set[tuple[str, str]] = set()
        for words in document.words():
            if not any(character.isalnum() for character in words.text):
                continue
            pair = palette.text(words.element), palette.background(words.element)
            if pair in seen or (contrast := colours.contrast(*pair)) >= colours.READABLE:
                continue
            seen.add(pair)
            yield Fault(
                "contrast",
                _("“%(words)s” is hard to read in %(palette)s colours: %(text)s on %(background)s (%(ratio).1f : 1).")
                % {
                    "words": words.text[:60], "palette": palette.name, "text": pair[0], "background": pair[1],
                    "ratio": contrast,
                },
                words.text,
            )  # fmt: skip


def _upwards(element: Element) -> Iterator[Element]:
    while element is not None:
        yield element
        element = element.getparent()


def _colour(declaration: Declaration) -> str | None:
    """`#rrggbb` of the first opaque colour in the value."""
    for token in declaration.tokens:
        colour = parse_color(token)
        if isinstance(colour, RGBA) and colour.alpha == 1:
            return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour[:3])
    return None


def _attribute(value: str | None) -> str | None:
    colour = parse_color(value) if value else None
    return "#" + "".join(f"{round(c * 255):02x}" for c in colour[:3]) if isinstance(colour, RGBA) else None
