"""Whom an edition would reach if it went out now, why not the others, and about how long it would take.

A handful of queries that count by index, whatever the number of readers: those of a list by status and choice of
topics, and the few who are suppressed or pause among them. The same rules as at sending, which looks at each reader
again; so the number is an estimate of that moment, and the ledger has the last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, QuerySet, Sum
from django.utils import timezone

from newsletters.delivery.audience.reading import topics_of_selections
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.editions import snapshot
from newsletters.models import Chunk, Edition, RateLimit
from newsletters.rendering.content import EditionContent
from newsletters.rendering.variants import NOTHING, Variants
from subscribers.models import Subscriber, Subscription, Topic

PENDING = "pending"
Status = Subscription.Status


@dataclass(frozen=True, slots=True)
class TopicReach:
    """Readers who follow a topic among others, and how many articles of the edition are about it."""

    name: str
    readers: int
    articles: int


@dataclass(frozen=True, slots=True)
class Reach:
    """`others` are those of the list who get nothing, by reason: “pending”, or a Skip."""

    reached: int
    everything: int  # of them, who chose no topics
    topics: tuple[TopicReach, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    variants: int = 0  # different selections of articles among the reached

    @property
    def other_topics(self) -> int:
        return self.others.get(Skip.NO_TOPIC, 0)


def of(edition: Edition, content: EditionContent | None = None) -> Reach:
    content = content or snapshot.of_edition(edition)
    counted = _by_status_and_choice(edition.newsletter.mailing_list_id)
    confirmed = Counter({choice: n for (status, choice), n in counted.items() if status == Status.CONFIRMED})
    suppressed, pausing = _suppressed(edition), _pausing(edition)
    choices = topics_of_selections()
    variants = Variants(content, choices)
    reached: Counter[int | None] = Counter()
    no_topic = 0
    for choice, readers in (confirmed - suppressed - pausing).items():
        if variants.number_for(choice) == NOTHING:
            no_topic += readers
        else:
            reached[choice] = readers
    others = {
        PENDING: sum(n for (status, _choice), n in counted.items() if status == Status.PENDING),
        Skip.NO_TOPIC: no_topic,
        Skip.PAUSED: pausing.total(),
        Skip.SUPPRESSED: suppressed.total(),
        Skip.LEFT: sum(n for (status, _choice), n in counted.items() if status == Status.LEFT),
    }
    return Reach(
        reached=reached.total(),
        everything=reached[None],
        topics=tuple(_topics(reached, choices, content)),
        others={str(reason): n for reason, n in others.items() if n},
        variants=len(variants.articles()),
    )


def _by_status_and_choice(list_id: int) -> dict[tuple[str, int | None], int]:
    rows = Subscription.objects.filter(mailing_list=list_id).values_list("status", "selection_id")
    return {(status, choice): n for status, choice, n in rows.annotate(n=Count("pk")).order_by()}


def _suppressed(edition: Edition) -> Counter[int | None]:
    return _by_choice(edition, Subscriber.objects.filter(is_suppressed=True))


def _pausing(edition: Edition) -> Counter[int | None]:
    pausing = Subscriber.objects.filter(paused_until__gt=timezone.now())
    return _by_choice(edition, pausing.filter(is_suppressed=False))


def _by_choice(edition: Edition, people: QuerySet[Subscriber]) -> Counter[int | None]:
    rows = Subscription.objects.filter(
        mailing_list=edition.newsletter.mailing_list_id, status=Status.CONFIRMED, subscriber__in=people.values("pk")
    )
    # Counted here: a GROUP BY makes SQLite read all of the list by another index, where these few are looked up.
    return Counter(rows.values_list("selection_id", flat=True).order_by())


def _topics(
    reached: Counter[int | None], choices: Mapping[int, frozenset[int]], content: EditionContent
) -> list[TopicReach]:
    followers: Counter[int] = Counter()
    for choice, readers in reached.items():
        if choice is not None:
            followers.update(dict.fromkeys(choices[choice], readers))
    about = Counter(topic for article in content.articles for topic in article.topic_ids)
    names = Topic.objects.filter(pk__in={*followers, *about}).values_list("pk", "name")
    return [TopicReach(name, followers[pk], about[pk]) for pk, name in names]


# --- How long it takes --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, as far as anything is known, and the domain whose limit makes it so; empty where all mail shares it."""

    seconds: float
    throttled: str | None = None


def duration(count: int) -> Duration | None:
    """As fast as the last edition of some size went out, within the rate limits. None: nothing is known."""
    limits = dict(RateLimit.objects.values_list("domain", "per_second"))
    last = _last_editions_chunks()
    known: list[Duration] = []
    if last is not None and (speed := _speed(last)):
        known.append(Duration(count / speed))
    if rate_limits.EVERYBODY in limits:
        known.append(Duration(count / limits[rate_limits.EVERYBODY], rate_limits.EVERYBODY))
    if last is not None:
        in_all = sum(last.groups.values())
        known += [
            Duration(count * last.groups[domain] / in_all / per_second, domain)
            for domain, per_second in limits.items()
            if domain and last.groups.get(rate_limits.domain_of(f"@{domain}"))
        ]
    return max(known, key=lambda each: each.seconds, default=None)


@dataclass(frozen=True, slots=True)
class _Last:
    seconds: float
    groups: dict[str, int]


def _last_editions_chunks() -> _Last | None:
    """Of the last edition that went out to as many as tell something, how many recipients each group had, and how long
    it took until everybody had been sent it once."""
    sent = Edition.objects.filter(status=Edition.Status.SENT, candidates__gte=50, frozen_at__isnull=False)
    edition = sent.order_by("-frozen_at").only("frozen_at").first()
    if edition is None or edition.frozen_at is None:
        return None
    first = Chunk.objects.filter(edition=edition, kind=Chunk.Kind.FIRST)
    ended = first.aggregate(ended=Max("heard_at"))["ended"]
    groups = dict(first.values_list("group").annotate(n=Sum(F("n"))).order_by("group"))
    return _Last((ended - edition.frozen_at).total_seconds() if ended else 0.0, groups)


def _speed(last: _Last) -> float:
    return sum(last.groups.values()) / max(1.0, last.seconds) if last.seconds else 0.0
