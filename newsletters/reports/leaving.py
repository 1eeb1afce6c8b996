"""Why readers left by the link of an edition, where they said it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from newsletters.models import Edition
from newsletters.reports.measures import Tally
from subscribers.models import ConsentRecord, LeavingReason

NOT_SAID = "not_said"


def reasons_for_leaving(edition: Edition, list_id: int, begin: datetime, end: datetime) -> tuple[Tally, ...]:
    """Those that somebody gave, in the order in which they are offered, and how many gave none. One query, over those
    who unsubscribed in that time."""
    rows = (
        ConsentRecord.objects.filter(
            mailing_list=list_id, action=ConsentRecord.Action.UNSUBSCRIBED, at__gte=begin, at__lt=end,
            detail=f"edition {edition.pk}",
        )
        .order_by()
        .values_list("leaving_reason")
        .annotate(found=Count("pk"))
    )  # fmt: skip
    counts: Counter[str] = Counter(dict(rows))
    said = [Tally(reason.value, str(reason.label), counts[reason]) for reason in LeavingReason if counts[reason]]
    return (*said, Tally(NOT_SAID, _("Gave no reason"), counts[""])) if counts[""] else tuple(said)
