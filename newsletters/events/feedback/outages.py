"""A server that is down for days bounces everybody's mail, again and again: that says nothing about its readers. So of
one edition only some of a domain are suppressed for bounces that pass; further ones are held, and bounce no more when
the server is back.
"""

from __future__ import annotations

import logging
import time

from newsletters.delivery.ledger.dead_addresses import UNKNOWN, Count
from newsletters.delivery.limits.stopped_domains import accepted_at
from newsletters.events.feedback.scores import LIMITS
from newsletters.models import Feedback

logger = logging.getLogger(__name__)
FEW = 2  # readers of a domain and an edition who are suppressed without a look at their share
KNOWN_SECONDS = 60.0  # how long the number of a domain's readers stands
_told: set[tuple[int, str]] = set()
_readers: dict[tuple[int, str], tuple[float, int, int]] = {}  # when, how many, and up to how many it was counted


def too_many_at_once(edition_id: int, domain: str, address_hash: str) -> bool:
    """Would this reader be one too many of the domain to be suppressed by this edition? The share is that for hard
    bounces of lists of which nothing is known yet (`dead_addresses.Count`)."""
    rows = Feedback.objects.filter(edition=edition_id, kind__in=LIMITS, domain=domain, undone_at=None)
    suppressed = rows.filter(effect=Feedback.Effect.SUPPRESSED).exclude(address_hash=address_hash)
    others = suppressed.values("subscriber_id").distinct().count()
    if others < FEW:
        return False
    readers = _readers_at(domain, edition_id, enough=int((others + 1) / UNKNOWN) + 1)
    return Count(others + 1, max(others + 1, readers), None).is_far_above


def tell_once(edition_id: int, domain: str, words: str) -> None:
    """In the log: once for an edition and domain, as far as this process remembers."""
    if (edition_id, domain) in _told:
        return
    if len(_told) > 1000:
        _told.clear()
    _told.add((edition_id, domain))
    # ERROR, so that whatever watches the log tells somebody.
    logger.error(
        "Edition %s: too many bounce again and again at %s to be believed; nobody more is suppressed there: %s",
        edition_id, domain, words,
    )  # fmt: skip


def _readers_at(domain: str, edition_id: int, *, enough: int) -> int:
    """No further than twice that many, so that a large provider isn't read as a whole for a few bounces."""
    now = time.monotonic()
    at, readers, looked_for = _readers.get((edition_id, domain), (float("-inf"), 0, 0))
    if now - at >= KNOWN_SECONDS or (readers == looked_for and readers < enough):
        looked_for = 1 << enough.bit_length()
        readers = accepted_at(domain, edition_id, at_most=looked_for)
        if len(_readers) > 1000:
            _readers.clear()
        _readers[edition_id, domain] = now, readers, looked_for
    return readers
