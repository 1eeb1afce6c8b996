"""A reader's attributes in a mail: the words of a value in the mail's language, and what stands where there is none.

Rendering reads no definitions: the content holds those that it uses, as they were when it was approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import override

from lib.characters import one_line
from newsletters.rendering.content import AttributeContent, EditionContent
from newsletters.rendering.dates import long_date_of
from subscribers.attributes.values import Value, fits, in_words
from subscribers.models.attributes import AttributeKind

_WORDS = 4096  # many readers share a city, a day or a yes
_NUMBER = 1234.5  # of a sample: one that shows the decimal point of the language


def words_of(attribute: AttributeContent, held: Mapping[str, object], language: str) -> str:
    """What a mail says for this attribute to somebody who has these values by key; empty where there is none. A value
    that is not of the attribute's kind is none."""
    value = held.get(attribute.key)
    return _words(attribute.kind, value, language) if fits(attribute, value) else ""


def instead(attribute: AttributeContent, fallback: str, language: str) -> str:
    """What stands there for those who have no value: the fallback that was typed, else the attribute's default."""
    return fallback or words_of(attribute, {attribute.key: attribute.default}, language)


@lru_cache(_WORDS)
def _words(kind: str, value: Value, language: str) -> str:
    with override(language):
        if kind == AttributeKind.DATE and isinstance(value, str):
            try:
                return long_date_of(value)  # as the edition's own date is written
            except ValueError:
                return ""
        return one_line(in_words(AttributeContent("", "", kind), value))


def sample_values(content: EditionContent) -> dict[str, Value]:
    """For previews and test mails: a value for each attribute that the edition uses. A text is the attribute's name,
    so that people who proofread see what stands there."""
    return {attribute.key: _sample(attribute) for attribute in content.attributes}


def _sample(attribute: AttributeContent) -> Value:
    if attribute.default is not None:
        return attribute.default
    match attribute.kind:
        case AttributeKind.NUMBER:
            return _NUMBER
        case AttributeKind.DATE:
            return timezone.localdate().isoformat()
        case AttributeKind.YES_NO:
            return True
        case _:
            return attribute.name
