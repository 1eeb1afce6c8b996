"""The editions that went out last, each with what became of it. Two queries, and what their subjects need."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from newsletters.admin.edition.merge_chips import chips
from newsletters.admin.moments import moment_in_words
from newsletters.delivery.ledger.recipient_states import outcomes_in_words
from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.editions.subjects import subject_parts_of
from newsletters.models import Edition

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Recent:
    title: str
    subject: str
    when: str
    outcomes: str
    address: str


def editions() -> list[Recent]:
    found = list(
        Edition.objects.filter(status=Edition.Status.SENT, frozen_at__isnull=False)
        .select_related("newsletter")
        .defer("introduction")
        .order_by("-frozen_at")[:SHOWN]
    )
    totals = count_outcomes_of(found)
    subjects = subject_parts_of(found)
    return [
        Recent(
            title=str(edition),
            subject=chips(subjects[edition.pk]),
            when=moment_in_words(edition.frozen_at, edition.newsletter.zone) if edition.frozen_at else "",
            outcomes=outcomes_in_words(totals[edition.pk]),
            address=reverse("admin:newsletters_edition_change", args=[edition.pk]),
        )
        for edition in found
    ]
