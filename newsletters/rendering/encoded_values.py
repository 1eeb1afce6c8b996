"""The values of attributes as a compiled mail joins them: made and encoded once for all readers and variants.

Looking a value up costs a tenth of making its words and encoding them, and readers share cities, days and yeses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletters.rendering import attributes, merge
from newsletters.rendering.content import AttributeContent

Encode = Callable[[str], bytes]
Written = tuple[str, bytes, bytes]  # as the subject has it, for text, and for HTML
Write = Callable[[Mapping[str, object]], Written]  # for a reader with these values, by key

_KEPT = 2048  # values a slot and encoding; then from the start again, since a value may be anybody's own


class EncodedValues:
    """Of one edition."""

    def __init__(self, language: str, encode: Callable[[str, Encode, Encode], tuple[bytes, bytes]]) -> None:
        self._language, self._encode = language, encode
        self._writers: dict[tuple[object, ...], Write] = {}

    def writer(self, attribute: AttributeContent, other: str, *, in_link: bool, text: Encode, html: Encode) -> Write:
        """What writes the value of a slot; the same for the same slot in another variant. `other` stands there where
        there is none."""
        slot = (attribute.key, other, in_link, text, html)
        if slot not in self._writers:
            self._writers[slot] = self._new(attribute, other, in_link, text, html)
        return self._writers[slot]

    def _new(self, attribute: AttributeContent, other: str, in_link: bool, text: Encode, html: Encode) -> Write:
        key, kept = attribute.key, dict[object, Written]()

        def write(held: Mapping[str, object]) -> Written:
            value = held.get(key)
            # With its type, since True is 1; what is no plain value, as a list, is none.
            known: object = value
            if value.__class__ is not str:
                known = (value.__class__, value if isinstance(value, int | float) else None)
            found = kept.get(known)
            if found is None:
                words = attributes.words_of(attribute, held, self._language) or other
                if in_link:
                    words = merge.quoted(words)
                found = (words, *self._encode(words, text, html))
                if len(kept) >= _KEPT:
                    kept.clear()
                kept[known] = found
            return found

        return write
