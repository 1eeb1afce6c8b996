"""Editions under way: how far each is, and why it waits.

The sums of all of them come from one query over their chunks' counters. Why something waits is looked into for the
first few, so that the page costs the same however many there are; each one's own page says it all.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse

from newsletters.admin.edition import watching
from newsletters.admin.edition.merge_chips import chips
from newsletters.delivery import progress
from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.editions.subjects import subject_parts_of
from newsletters.models import Edition
from newsletters.models.deliveries import Totals

AT_MOST = 8
LOOKED_INTO = 3
UNDER_WAY = (Edition.Status.QUEUED, Edition.Status.SENDING, Edition.Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Moving:
    title: str
    subject: str
    status: str
    sentence: str
    speed: str
    settled: int
    recipients: int
    why: tuple[str, ...]
    address: str


def editions() -> list[Moving]:
    found = list(
        Edition.objects.filter(status__in=UNDER_WAY)
        .select_related("newsletter")
        .defer("introduction")
        .order_by(F("send_at").asc(nulls_last=True), "pk")[:AT_MOST]
    )
    # What moves comes before what waits for its time.
    found.sort(key=lambda edition: edition.status == Edition.Status.QUEUED)
    totals = count_outcomes_of(found)
    subjects = subject_parts_of(found)
    return [
        _moving(edition, totals[edition.pk], chips(subjects[edition.pk]), look=place < LOOKED_INTO)
        for place, edition in enumerate(found)
    ]


def _moving(edition: Edition, sums: Totals, subject: str, *, look: bool) -> Moving:
    rate = progress.speed(edition) if look else 0.0
    of_all = sums.of_recipients
    left = watching.left_in_words(of_all.waiting + of_all.handed_out + of_all.retrying, rate)
    return Moving(
        title=str(edition),
        subject=subject,
        status=str(edition.get_status_display()),
        sentence=watching.sentence(edition, sums),
        speed=" · ".join(part for part in (watching.rate_in_words(rate), left) if part),
        settled=watching.settled(of_all),
        recipients=of_all.candidates,
        why=tuple(progress.reasons(edition, sums)) if look else tuple(filter(None, [edition.trouble])),
        address=reverse("admin:newsletters_edition_change", args=[edition.pk]),
    )
