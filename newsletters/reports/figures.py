"""What came of an edition, beside what usually comes of this newsletter at the same age.

All shares are of the recipients: those who were never due (other topics, a pause, suppressed) stand aside. Readers who
leave are known by the link that they used: each mail's own says its edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.utils import timezone

from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.models import Edition
from newsletters.models.deliveries import Outcome, Totals
from newsletters.reports.measures import FEWEST
from subscribers.models import ConsentRecord

LONGEST = timedelta(days=7)  # what happens later has other reasons
COMPARED = 10  # earlier editions
OUTCOMES = (
    Outcome.ACCEPTED, Outcome.REJECTED, Outcome.DEFERRED, Outcome.IN_DOUBT, Outcome.CANCELLED,
)  # fmt: skip
_GONE = (ConsentRecord.Action.UNSUBSCRIBED,)
_CAME = (ConsentRecord.Action.CONFIRMED, ConsentRecord.Action.RESUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Figure:
    """`share` is of the recipients, from 0 to 1; `usual` is the median share of earlier editions, None when there are
    too few of them or when this one is not over yet."""

    count: int
    share: float
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    recipients: int
    outcomes: dict[Outcome, Figure]
    left: Figure  # by the link in this edition
    age: timedelta  # how long it was looked at: until now, the next edition of the newsletter, or a week
    came: int  # to the list in that time
    gone: int
    usual_growth: float | None  # of earlier editions, in as long a time
    began_at: datetime
    earlier: tuple[Edition, ...]  # that it is compared with, the latest first
    recipients_of: Mapping[int, int]  # of this edition and the earlier ones, by id

    @property
    def compared(self) -> int:
        return len(self.earlier)

    @property
    def ends_at(self) -> datetime:
        """When `age` was reached."""
        return self.began_at + self.age

    @property
    def growth(self) -> int:
        return self.came - self.gone


@dataclass(frozen=True, slots=True)
class _Span:
    """An edition, and the time in which what happens is put down to it."""

    edition: Edition
    begin: datetime
    end: datetime


def report(edition: Edition, now: datetime | None = None) -> Report | None:
    """None for an edition that has not begun. Six queries, however large it is and however many there were."""
    if edition.frozen_at is None:
        return None
    now = now or timezone.now()
    spans = _spans(edition, now)
    age = spans[0].end - spans[0].begin
    # Each as it was at this one's age, or when the next one came.
    old = [_Span(span.edition, span.begin, min(span.end, span.begin + age)) for span in spans[1:]]
    compared = [spans[0], *old]
    sums = count_outcomes_of([span.edition for span in compared])
    totals = {pk: each.of_recipients for pk, each in sums.items()}
    moves = _moves(edition.newsletter.mailing_list_id, compared)
    habit = len(old) >= FEWEST
    is_over = edition.status == Edition.Status.SENT
    outcomes = {outcome: _figure(outcome, compared, totals, usual=habit and is_over) for outcome in OUTCOMES}
    left = [moves[at].left for at in range(len(compared))]
    usual_left = median(_share(n, totals[s.edition.pk]) for n, s in zip(left[1:], old, strict=True)) if habit else None
    growths = [moves[at].came - moves[at].gone for at in range(1, len(compared))]
    return Report(
        recipients=totals[edition.pk].candidates,
        outcomes=outcomes,
        left=Figure(left[0], _share(left[0], totals[edition.pk]), usual_left),
        age=age,
        came=moves[0].came,
        gone=moves[0].gone,
        usual_growth=median(growths) if habit else None,
        began_at=spans[0].begin,
        earlier=tuple(span.edition for span in old),
        recipients_of={pk: each.candidates for pk, each in totals.items()},
    )


def _figure(outcome: Outcome, spans: Sequence[_Span], totals: Mapping[int, Totals], *, usual: bool) -> Figure:
    """Of the first edition, beside the others."""
    counts = [getattr(totals[span.edition.pk], outcome.value) for span in spans]
    share, *old = [_share(count, totals[span.edition.pk]) for count, span in zip(counts, spans, strict=True)]
    return Figure(counts[0], share, median(old) if usual else None)


def _share(count: int, totals: Totals) -> float:
    return count / totals.candidates if totals.candidates else 0.0


def _spans(edition: Edition, now: datetime) -> list[_Span]:
    """This edition's, then those of the ones before it, the latest first. What asked quiet readers alone says
    nothing of what is usual."""
    begun = Edition.objects.filter(newsletter=edition.newsletter_id, frozen_at__isnull=False)
    after = begun.filter(frozen_at__gt=edition.frozen_at).order_by("frozen_at").only("frozen_at").first()
    before = begun.filter(
        frozen_at__lt=edition.frozen_at, status=Edition.Status.SENT, candidates__gt=0, reengagement__isnull=True
    )
    rows = [edition, *before.order_by("-frozen_at").only("frozen_at", "candidates", "newsletter")[:COMPARED]]
    ends = [after.frozen_at if after else None, *(row.frozen_at for row in rows)]
    spans = []
    for row, next_one in zip(rows, ends, strict=False):
        begin = row.frozen_at or now
        spans.append(_Span(row, begin, min(each for each in (now, next_one, begin + LONGEST) if each is not None)))
    return spans


@dataclass(frozen=True, slots=True)
class _Moves:
    left: int  # by the edition's own link
    came: int
    gone: int


def _moves(list_id: int, spans: Sequence[_Span]) -> list[_Moves]:
    """Two queries: one reads ranges of an index and no row; the other the rows of those who unsubscribed."""
    records = ConsentRecord.objects.filter(mailing_list=list_id).order_by()
    first, *others = [
        _counted(at, name, records.filter(action__in=actions, at__gte=span.begin, at__lt=span.end))
        for at, span in enumerate(spans)
        for name, actions in (("came", _CAME), ("gone", _GONE))
    ]
    counts = {(at, name): found for at, name, found in first.union(*others, all=True)}
    by_link = Q()
    for span in spans:
        by_link |= Q(detail=f"edition {span.edition.pk}", at__gte=span.begin, at__lt=span.end)
    within = Q(at__gte=min(span.begin for span in spans), at__lt=max(span.end for span in spans))
    left = dict(
        records.filter(within, by_link, action__in=_GONE).values_list("detail").annotate(found=Count("pk"))
    )  # fmt: skip
    return [
        _Moves(left.get(f"edition {span.edition.pk}", 0), counts.get((at, "came"), 0), counts.get((at, "gone"), 0))
        for at, span in enumerate(spans)
    ]


def _counted(at: int, name: str, records: QuerySet[ConsentRecord]) -> QuerySet[Any, Any]:
    labelled = records.annotate(place=Value(at), name=Value(name)).values("place", "name")
    return labelled.annotate(found=Count("*")).values_list("place", "name", "found")
