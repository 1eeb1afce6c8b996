"""Old counts by hour and program are rolled up: of a link or an edition one row for each family of programs and rule.

Reports read the sums by hour and by link, which stay, and of programs no more than their families tell. So nothing that
is shown changes; but the table doesn't grow for ever, and nobody can find a rare program at a rare hour any more.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from newsletters.events.clicks import machines
from newsletters.events.clicks.families import FAMILIES, family_of
from newsletters.events.clicks.hourly import CLICKS, OPENS, Counting, ids_of_families
from newsletters.models import Agent, CountedLink, Edition, RolledUpCounts

_AT_ONCE = 1000  # rows


def roll_up_old() -> int:
    """The counts of one edition that began more than `TRACKING_KEPT_DAYS` ago, and again after as many days, for the
    clicks that came late. How many editions: 0 when none is left. Each link is a transaction of its own."""
    before = timezone.now() - timedelta(days=settings.TRACKING_KEPT_DAYS)
    is_due = Q(rolled_up_counts__isnull=True) | Q(rolled_up_counts__at__lt=before)
    edition = Edition.objects.filter(is_due, frozen_at__lt=before).order_by("pk").only("frozen_at").first()
    if edition is None or edition.frozen_at is None:
        return 0
    hour = edition.frozen_at.replace(minute=0, second=0, microsecond=0)
    for link in CountedLink.objects.filter(edition=edition).order_by("pk").values_list("pk", flat=True):
        _roll_up(CLICKS, link, hour, before)
    _roll_up(OPENS, edition.pk, hour, before)
    RolledUpCounts.objects.update_or_create(edition=edition, defaults={"at": timezone.now()})
    return 1


@transaction.atomic
def _roll_up(counting: Counting, target: int, hour: datetime, before: datetime) -> None:
    old = counting.rows.filter(**{counting.target: target}, hour__lt=before)
    rows = list(old.select_for_update().values_list("pk", "agent_id", "method", "rule", counting.amount))
    if not rows:
        return
    names = dict(Agent.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "name"))
    family = {pk: name if name in FAMILIES else family_of(name) for pk, name in names.items()}
    ids = ids_of_families(set(family.values()))
    sums: Counter[tuple[int, str, str]] = Counter()
    for _pk, agent, method, rule, amount in rows:
        sums[ids[family[agent]], method, rule] += amount
    for start in range(0, len(rows), _AT_ONCE):
        counting.rows.filter(pk__in=[row[0] for row in rows[start : start + _AT_ONCE]]).delete()
    counting.model._default_manager.bulk_create(
        [
            counting.model(
                **{counting.target: target, counting.amount: amount}, hour=hour, agent_id=agent, method=method,
                rule=rule, rules=machines.VERSION,
            )
            for (agent, method, rule), amount in sorted(sums.items())
        ],
        batch_size=_AT_ONCE,
    )  # fmt: skip
