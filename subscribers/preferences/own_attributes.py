"""The publisher's attributes on the preferences page: those that readers may see, with what this reader answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscribers.attributes.values import as_typed, in_words
from subscribers.models import Attribute, Subscriber
from subscribers.models.attributes import Access


@dataclass(frozen=True)
class OwnAttribute:
    """One attribute as the page shows it; `typed` is what its field holds, `words` what stands there without one."""

    attribute: Attribute
    typed: str
    words: str
    error: str

    @property
    def has_field(self) -> bool:
        return self.attribute.readers_may == Access.WRITE


def shown_attributes() -> list[Attribute]:
    return list(Attribute.objects.filter(readers_may__in=[Access.SEE, Access.WRITE]))


def own_attributes(
    person: Subscriber, attributes: Sequence[Attribute], posted: Mapping[str, str], errors: Mapping[str, str]
) -> list[OwnAttribute]:
    """`posted` and `errors` are of a form that wasn't accepted. Of what readers only see, those with a value."""
    shown = []
    for attribute in attributes:
        value = person.attributes.get(attribute.key)
        if value is None and attribute.readers_may == Access.SEE:
            continue
        typed = posted.get(f"attribute-{attribute.key}", as_typed(attribute, value))
        shown.append(OwnAttribute(attribute, typed, in_words(attribute, value), errors.get(attribute.key, "")))
    return shown
