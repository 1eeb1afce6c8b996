"""The HTML of a mail as a tree, with the declarations that clients apply to each element in either palette.

css-inline has written every rule that holds always into the elements; what is left in `<style>` are rules for some
clients: narrow windows, and the dark palette, whose declarations win where they are `!important`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cssselect
import tinycss2

Element = Any  # lxml has no types
_UNSEEN = {"head", "style", "script", "title", "template", "noscript"}
_SELECTORS = cssselect.HTMLTranslator()


@dataclass(frozen=True, slots=True)
class Declaration:
    name: str
    tokens: tuple[Any, ...]  # of tinycss2, without white space
    important: bool = False

    @property
    def words(self) -> str:
        """The value as one would write it."""
        return " ".join(tinycss2.serialize([token]) for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a style sheet; `media` is the condition that it stands under, empty for none."""

    selector: str
    declarations: tuple[Declaration, ...]
    media: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Words that are seen, and the element that they stand in."""

    text: str
    element: Element


class Document:
    def __init__(self, source: str) -> None:
        from lxml import html as lxml_html  # late, as every parser: tests/iria/test_worker_imports.py

        self.source = source
        self.root: Element = lxml_html.document_fromstring(source or "<html></html>")

    def all(self, *tags: str) -> list[Element]:
        """In the order of the mail; what stands in comments for Outlook is not among them."""
        return list(self.root.iter(*tags))

    @cached_property
    def style(self) -> str:
        """All style sheets together."""
        return "\n".join(element.text or "" for element in self.all("style"))

    @cached_property
    def style_nodes(self) -> list[Any]:
        return list(tinycss2.parse_stylesheet(self.style, skip_comments=True, skip_whitespace=True))

    @cached_property
    def rules(self) -> list[Rule]:
        return list(_rules(self.style_nodes, ""))

    @cached_property
    def inline(self) -> dict[Element, dict[str, Declaration]]:
        """What each element's own `style` says, by property."""
        styled = self.root.xpath("//*[@style]")
        return {element: {d.name: d for d in declarations(element.get("style"))} for element in styled}

    def dark(self) -> dict[Element, dict[str, Declaration]]:
        """The declarations that win in the dark palette: `!important` ones, and those that nothing inline opposes."""
        won: dict[Element, dict[str, tuple[tuple[Any, ...], Declaration]]] = {}
        for order, rule in enumerate(rule for rule in self.rules if "prefers-color-scheme" in rule.media):
            if "dark" not in rule.media:
                continue
            for specificity, element in self._matching(rule.selector):
                for declaration in rule.declarations:
                    if not declaration.important and declaration.name in self.inline.get(element, {}):
                        continue
                    rank = (declaration.important, specificity, order)
                    known = won.setdefault(element, {}).get(declaration.name)
                    if known is None or rank >= known[0]:
                        won[element][declaration.name] = (rank, declaration)
        return {element: {name: d for name, (_rank, d) in named.items()} for element, named in won.items()}

    def _matching(self, selector: str) -> Iterator[tuple[tuple[int, int, int], Element]]:
        try:
            selectors = cssselect.parse(selector)
        except cssselect.SelectorError:  # a client that does not know it leaves the rule out, and so do we
            return
        for each in selectors:
            for element in self.root.xpath(_SELECTORS.selector_to_xpath(each)):
                yield each.specificity(), element

    def words(self) -> Iterator[Words]:
        """The words that are seen, in their order."""
        body = self.root.find("body")
        if body is not None:
            yield from self._words(body)

    def _words(self, element: Element) -> Iterator[Words]:
        if not isinstance(element.tag, str) or element.tag in _UNSEEN or self._hidden(element):
            return
        if text := _one_line(element.text):
            yield Words(text, element)
        for child in element:
            yield from self._words(child)
            if tail := _one_line(child.tail):
                yield Words(tail, element)

    def _hidden(self, element: Element) -> bool:
        display = self.inline.get(element, {}).get("display")
        return element.get("hidden") is not None or (display is not None and display.words == "none")


def text_of(element: Element) -> str:
    """The words of a link or a heading, with the alternative text of its pictures."""
    pictures = [image.get("alt", "") for image in element.iter("img")]
    return _one_line(" ".join(["".join(element.xpath(".//text()")), *pictures]))


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def declarations(source: str) -> list[Declaration]:
    parsed = tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True)
    return [_declaration(node) for node in parsed if node.type == "declaration"]


def _declaration(node: Any) -> Declaration:
    tokens = tuple(token for token in node.value if token.type not in {"whitespace", "comment"})
    return Declaration(node.lower_name, tokens, node.important)


def _rules(nodes: Iterable[Any], media: str) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            found = tuple(_declaration(each) for each in content if each.type == "declaration")
            yield Rule(tinycss2.serialize(node.prelude).strip(), found, media)
        elif node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _rules(inner, tinycss2.serialize(node.prelude).strip().lower())
