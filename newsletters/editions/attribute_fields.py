"""The publisher's attributes as merge fields of an edition: which are there, and which of them its texts name."""

from __future__ import annotations

from collections.abc import Iterable

from newsletters.blocks.content import BlockContent
from newsletters.blocks.registry import kind_of
from newsletters.rendering import merge
from newsletters.rendering.content import AttributeContent, EditionContent
from subscribers.models import Attribute


def merged_texts(content: EditionContent) -> list[str]:
    """The texts and HTML of an edition that may hold merge fields."""
    typed = [content.subject, content.preheader, content.introduction]
    return [*typed, *(text for block in content.blocks for text in _merged_in(block))]


def _merged_in(block: BlockContent) -> list[str]:
    return [text.html or text.text for text in kind_of(block.kind).texts(block) if text.merged]


def attributes_in(texts: Iterable[str]) -> tuple[AttributeContent, ...]:
    """The attributes that these texts name, in the order of their keys. No query where they name none."""
    named = _named(texts)
    if not named:
        return ()
    found = Attribute.objects.filter(key__in=named).order_by("key")
    return tuple(AttributeContent(each.key, each.name, each.kind, each.default) for each in found)


def check(text: str) -> None:
    """As `merge.check`, with the attributes that there are now."""
    merge.check(text, _known_keys(text))


def check_html(html: str) -> None:
    merge.check_html(html, _known_keys(html))


def _known_keys(text: str) -> frozenset[str]:
    """Of all attributes, so that a sentence can list them; not looked up for a text that names none."""
    return frozenset(Attribute.objects.values_list("key", flat=True)) if _named([text]) else frozenset()


def _named(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in merge.names_in(text) if name and not merge.is_field(name)}
