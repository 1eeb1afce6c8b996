"""How many of an edition's recipients are where.

Always: candidates = waiting + handed_out + accepted + deferred + retrying + rejected + skipped + cancelled + in_doubt.
One query over the chunks' counters, a thousandth as many rows as recipients, and so one moment: on PostgreSQL two
queries would see two, between which a sender may have moved somebody.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsletters.models import Chunk, Edition
from newsletters.models.deliveries import Totals


def count_outcomes(edition: Edition) -> Totals:
    """Of one edition, with the reasons of the skipped."""
    found = Chunk.objects.filter(edition=edition).totals_by_edition(reasons=True)
    return found.get(edition.pk) or Totals(candidates=edition.candidates)


def count_outcomes_of(editions: Sequence[Edition]) -> dict[int, Totals]:
    """Of any number of editions, by their ids; without the reasons."""
    if not editions:
        return {}
    found = Chunk.objects.filter(edition__in=[edition.pk for edition in editions]).totals_by_edition()
    return {edition.pk: found.get(edition.pk) or Totals(candidates=edition.candidates) for edition in editions}
