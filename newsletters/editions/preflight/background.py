"""What preflight asks the database beside the content: readers, the editions before, what DNS said of the sender."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, Q, QuerySet, Subquery
from django.utils import timezone

from newsletters.models import Chunk, Edition, Inspection, Newsletter
from newsletters.models.deliveries import Totals
from subscribers.models import Subscription

DOMAIN_GOOD_FOR = timedelta(days=31)  # so long what DNS said of a domain is taken for true
JUMP_SEEN = timedelta(days=7)  # in which a much larger edition is a jump


@dataclass(frozen=True, slots=True)
class Background:
    has_candidates: bool
    most_recipients: int  # of any edition lately
    last_edition: tuple[int, Totals] | None  # the one of this newsletter that was sent before: its number, its totals
    is_first: bool = False  # nothing was ever sent by this installation
    domain: dict[str, Any] = field(default_factory=dict)  # what DNS said last; empty where it was not asked


def read_background(edition: Edition, candidates: QuerySet[Subscription], domain: str) -> Background:
    """In two queries. `domain` is the sender's; empty where DNS is not to be asked."""
    now = timezone.now()
    of_edition = F("candidates") - F("set_aside")
    lately = Edition.objects.filter(frozen_at__gt=now - JUMP_SEEN).order_by(of_edition.desc())
    answers = Inspection.objects.filter(Q(domain__name=domain), done_at__gt=now - DOMAIN_GOOD_FOR)
    found = (
        Newsletter.objects.filter(pk=edition.newsletter_id)
        .values_list(
            Exists(candidates),
            Subquery(lately.values_list(of_edition)[:1]),
            Exists(Edition.objects.filter(frozen_at__isnull=False).exclude(pk=edition.pk)),
            Subquery((answers if domain else answers.none()).order_by("-done_at").values("domain")[:1]),
        )
        .get()
    )
    return Background(bool(found[0]), found[1] or 0, _last_edition(edition), not found[2], found[3] or {})


def _last_edition(edition: Edition) -> tuple[int, Totals] | None:
    sent = Edition.objects.filter(newsletter=edition.newsletter_id, status=Edition.Status.SENT, candidates__gt=0)
    last = sent.exclude(pk=edition.pk).order_by("-frozen_at").values("pk")[:1]
    totals = Chunk.objects.filter(edition_id=Subquery(last)).totals_by_edition()
    return next(iter(totals.items()), None)
