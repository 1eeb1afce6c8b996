"""Readers for whom nothing stands where a text names an attribute: they have no value, and the text has no fallback.

Who would get an edition is defined by the delivery, a floor above. It says here, once and when the program starts, how
to count those of them who lack a value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from hashlib import blake2b

from django.utils.translation import ngettext

from lib.optional_cache import get_cached, put_cached
from newsletters.editions.preflight.edition_texts import texts
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import asked_of
from newsletters.rendering import merge
from newsletters.rendering.content import EditionContent
from subscribers.segments.counting import TooSlow, in_time
from subscribers.segments.rules import BadRule

KEPT_SECONDS = 60  # everybody's values are read for it, and a draft is saved every few seconds

Count = Callable[[EditionContent, Collection[str]], Mapping[str, int]]
_registered: list[Count] = []


def register_count(count: Count) -> None:
    """Register what counts, by the key of each attribute, the readers who would get an edition and have no value."""
    _registered[:] = [count]


def check(content: EditionContent) -> Iterator[Finding]:
    bare = {attribute.key: attribute.name for attribute in content.attributes if attribute.default is None}
    places: dict[str, str] = {}
    for said in texts(content):
        if said.merged and bare:
            for key, fallback in merge.fields_in(said.html or said.text):
                if key in bare and not fallback:
                    places.setdefault(key, said.field)
    if not places:
        return
    lacking = _count_lately(content, sorted(places))
    for key, place in places.items():
        if n := lacking.get(key, 0):
            message = ngettext(
                "%(n)s reader has no value for “%(name)s”, and would see nothing in its place. Write what to say"
                " instead, as in {{ %(key)s|… }}, or give the attribute a default.",
                "%(n)s readers have no value for “%(name)s”, and would see nothing in its place. Write what to say"
                " instead, as in {{ %(key)s|… }}, or give the attribute a default.",
                n,
            )
            yield Finding("no_value", False, message % {"n": f"{n:,}", "name": bare[key], "key": key}, place)


def _count_lately(content: EditionContent, keys: Collection[str]) -> Mapping[str, int]:
    """Counted within the last minute. Nobody where a segment isn't there any more or takes too long to ask, which
    other checks say."""
    topics = [sorted(article.topic_ids) for article in content.articles]
    asked = json.dumps([content.list_id, content.digest, topics, asked_of(content), list(keys)])
    cached_as = f"newsletters.missing_values.{blake2b(asked.encode(), digest_size=16).hexdigest()}"
    found: Mapping[str, int] | None = get_cached(cached_as)
    if found is None:
        (count,) = _registered
        try:
            with in_time() if content.asks_segments else nullcontext():
                found = dict(count(content, keys))
        except BadRule:
            return {}
        except TooSlow:
            found = {}
        put_cached(cached_as, found, KEPT_SECONDS)
    return found
