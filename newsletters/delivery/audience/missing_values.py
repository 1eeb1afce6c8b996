"""How many of an edition's readers have no value for an attribute that it names."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Q
from django.utils import timezone

from newsletters.delivery.audience.definition import EXCLUSIONS, Audience, PersonalExclusion, people_excluded
from newsletters.rendering.content import EditionContent


def count_without_value(content: EditionContent, keys: Collection[str]) -> dict[str, int]:
    """By key, those who would get the edition now and lack the value: one pass, however many attributes. Raises
    `BadRule` where a segment isn't there any more."""
    now = timezone.now()
    readers = Audience.from_content(content).candidates().order_by()
    for exclusion in EXCLUSIONS:
        if isinstance(exclusion, PersonalExclusion):
            readers = readers.exclude(subscriber__in=people_excluded(exclusion, now).values("pk"))
        else:
            readers = readers.exclude(exclusion.rows(content))
    lacking = {f"n{at}": Count("pk", filter=~Q(subscriber__attributes__has_key=key)) for at, key in enumerate(keys)}
    found = readers.aggregate(**lacking)
    return {key: found[f"n{at}"] for at, key in enumerate(keys)}
