"""What was counted of one person: for their own eyes and their file, deleted when they ask or are erased, moved when
they are merged, and forgotten after so many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, Sum
from django.utils import timezone

from newsletters.events.clicks import engagement
from newsletters.events.clicks.readers import bit_of
from newsletters.models import CountedLink, Edition, Engagement, ReaderCount
from subscribers.former_people import numbers_of
from subscribers.models import Subscriber
from subscribers.own_reading import ReadEdition

FORGET_AT_ONCE = 5000  # rows


def reading_of(person: Subscriber) -> list[ReadEdition]:
    """The newest edition first. One query where there is nothing, else four."""
    rows = ReaderCount.objects.filter(subscriber_id__in=numbers_of(person))
    by_people = Q(rule="")
    sums = rows.values("edition").annotate(
        opens=Sum("times", filter=by_people & Q(kind=ReaderCount.OPEN), default=0),
        clicks=Sum("times", filter=by_people & Q(kind=ReaderCount.CLICK), default=0),
        machines=Sum("times", filter=~by_people, default=0),
        last_at=Max("last_at"),
    )
    found = {row["edition"]: row for row in sums}
    if not found:
        return []
    bits: dict[int, int] = {}
    for edition, links in rows.filter(by_people, kind=ReaderCount.CLICK).values_list("edition", "links"):
        bits[edition] = bits.get(edition, 0) | links
    clicked: dict[int, list[str]] = {}
    for edition, number, url in CountedLink.objects.filter(edition__in=bits).values_list("edition", "number", "url"):
        if bit_of(number) & bits[edition] and bit_of(number) != 1:
            clicked.setdefault(edition, []).append(url)
    editions = Edition.objects.filter(pk__in=found).select_related("newsletter").defer("snapshot", "introduction")
    return [
        ReadEdition(
            str(edition),
            edition.subject,
            **{name: found[edition.pk][name] for name in ("opens", "clicks", "machines", "last_at")},
            links=tuple(clicked.get(edition.pk, ())),
        )
        for edition in editions.order_by("-pk")
    ]


def section_of(person: Subscriber) -> dict[str, Any]:
    """For the file of all that is held about them."""
    lately = Engagement.objects.filter(subscriber_id=person.pk).values("opened_at", "clicked_at", "opens", "clicks")
    return {
        "editions": [asdict(each) for each in reading_of(person)],
        "last_and_in_90_days": lately.first(),
    }


def forget(subscriber_ids: Sequence[int]) -> None:
    """Everything that was counted of these numbers. What the hourly counts know is nobody's."""
    with transaction.atomic():
        ReaderCount.objects.filter(subscriber_id__in=subscriber_ids).delete()
        Engagement.objects.filter(subscriber_id__in=subscriber_ids).delete()


def forget_person(person: Subscriber) -> None:
    """As the person asked. It is counted on from then, until they leave."""
    forget(numbers_of(person))


def hand_over(kept_id: int, former_id: int) -> None:
    """What was counted under the number of somebody who was merged belongs to who is kept."""
    with transaction.atomic():
        for row in ReaderCount.objects.select_for_update().filter(subscriber_id=former_id):
            same = ReaderCount.objects.select_for_update().filter(
                subscriber_id=kept_id, edition=row.edition_id, kind=row.kind, agent=row.agent_id, rule=row.rule
            )
            if (there := same.first()) is None:
                row.subscriber_id = kept_id
                row.save(update_fields=["subscriber_id"])
                continue
            there.add(row)
            row.delete()
        Engagement.objects.filter(subscriber_id=former_id).delete()
        engagement.recount([kept_id])


def forget_old() -> int:
    """Some of what is kept too long, or belongs to nobody any more; how many rows."""
    before = timezone.now() - timedelta(days=settings.TRACKING_KEPT_DAYS)
    old = ReaderCount.objects.filter(edition__frozen_at__lt=before)
    rows = list(old.order_by("edition", "pk").values_list("pk", flat=True)[:FORGET_AT_ONCE])
    return ReaderCount.objects.filter(pk__in=rows).delete()[0] if rows else 0


def forget_nobodys() -> int:
    """Counts of numbers that no person has: somebody was erased while a batch with their clicks was being written."""
    gone = ~Exists(Subscriber.objects.filter(pk=OuterRef("subscriber_id")))
    numbers = list(Engagement.objects.filter(gone).values_list("subscriber_id", flat=True)[:FORGET_AT_ONCE])
    numbers += ReaderCount.objects.filter(gone).values_list("subscriber_id", flat=True).distinct()[:FORGET_AT_ONCE]
    forget(numbers)
    return len(numbers)
