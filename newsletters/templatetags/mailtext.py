"""The text part of a mail in templates: paragraphs in 74 columns, and rules between them."""

from __future__ import annotations

from django import template

from lib.text_layout import COLUMNS, wrapped
from newsletters.rendering import slots

register = template.Library()


@register.filter
def paragraph(text: str, indent: str = "") -> str:
    return wrapped(str(text), indent)


@register.filter
def in_capitals(text: str) -> str:
    return slots.in_capitals(str(text))


@register.simple_tag
def rule(character: str = "-") -> str:
    return character * COLUMNS
