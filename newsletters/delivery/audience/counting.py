"""How many readers an edition would reach if it went out now, and why it would not reach the others.

A handful of queries that count by index, whatever the number of readers: everybody by status and choice of topics,
and apart from them the few to whom a personal exclusion applies. It is an estimate of that moment; everybody is checked
again at hand-out, and the ledger has the last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils import timezone

from newsletters.delivery.audience.definition import (
    PERSONAL,
    Audience,
    Facts,
    block_rules,
    exclusion_for,
    people_excluded,
    wanting_digests,
)
from newsletters.delivery.audience.topic_choices import TopicChoices, read_topic_choices
from newsletters.delivery.ledger.reasons import Skip
from newsletters.editions.readers import Readership
from newsletters.rendering.content import EditionContent
from newsletters.rendering.variants import NO_PART, NOTHING, Variants
from subscribers.models import Subscriber, Subscription, Topic
from subscribers.segments.compiling import condition_of
from subscribers.segments.counting import TooSlow, in_time
from subscribers.segments.rules import BadRule

# What decides on the variant: the choice of topics, and the segments that blocks are for as bits.
Choice = tuple[int | None, int]


@dataclass(frozen=True, slots=True)
class TopicReach:
    """Readers who follow a topic among others, and how many articles of the edition are about it."""

    name: str
    readers: int
    articles: int


@dataclass(frozen=True, slots=True)
class VariantReach:
    """One of the different emails, and somebody who gets it: by the topics they chose (None: all) and the segments that
    blocks are for, as bits in their order."""

    readers: int
    topics: frozenset[int] | None
    mixture: int


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """`excluded` are those who get nothing, by reason."""

    reached: int
    everything: int  # of them, who chose no topics
    topics: tuple[TopicReach, ...] = ()
    excluded: Mapping[Skip, int] = field(default_factory=dict)
    digests: Mapping[str, int] = field(default_factory=dict)  # of the excluded, who gets it in a digest of which kind
    variants: int = 0  # different emails among the reached
    by_variant: tuple[VariantReach, ...] = ()  # these, most readers first
    # Those who would get mail if there were an article for them, by the topics they chose; None is everything.
    by_topics: Mapping[frozenset[int] | None, int] = field(default_factory=dict)
    # The same apart by the segments that blocks are for, as bits in their order; without those who get nothing of them.
    by_parts: Mapping[tuple[frozenset[int] | None, int], int] = field(default_factory=dict)
    in_segments: Mapping[int, int] = field(default_factory=dict)  # of the reached, by the segments that blocks are for
    problem: str = ""  # why nobody can be meant (a segment asks about what isn't there any more), or counted
    is_too_slow: bool = False  # the latter: a page can't wait for it. The edition can be sent all the same

    @property
    def readership(self) -> Readership:
        """What preflight asks for."""
        without_part = self.excluded.get(Skip.NO_PART, 0)
        return Readership(self.by_topics, self.by_parts, self.in_segments, without_part, self.problem)


def count_for_page(content: EditionContent, *, by_topic: bool = True) -> AudienceCount:
    """The same as `count_audience`, within a time that a page can wait for; rules alone may take longer."""
    if not content.asks_segments:
        return count_audience(content, by_topic=by_topic)
    try:
        with in_time():
            return count_audience(content, by_topic=by_topic)
    except TooSlow as problem:
        return AudienceCount(0, 0, problem=str(problem), is_too_slow=True)


def count_audience(content: EditionContent, now: datetime | None = None, *, by_topic: bool = True) -> AudienceCount:
    """The audience of an edition with this content."""
    try:
        groups = list(_groups(content, now or timezone.now()))
    except BadRule as problem:
        return AudienceCount(0, 0, problem=str(problem))
    choices = read_topic_choices()
    variants = Variants(content, choices)
    reached: Counter[Choice] = Counter()
    excluded: Counter[Skip] = Counter()
    by_topics: Counter[frozenset[int] | None] = Counter()
    by_parts: Counter[tuple[frozenset[int] | None, int]] = Counter()
    digests: Counter[str] = Counter()
    for personal, status, choice, digest, readers in groups:
        selection, number = choice[0], variants.number_for(*choice)
        waits = bool(digest) and not variants.is_letter(number)
        facts = Facts(personal, status, number == NOTHING, waits, number == NO_PART)
        if exclusion_for(facts._replace(has_nothing_to_read=False)) is None:
            topics = None if selection is None else choices[selection]
            by_topics[topics] += readers
            by_parts[topics, choice[1]] += readers
        if reason := exclusion_for(facts):
            excluded[reason] += readers
            if reason == Skip.DIGEST:
                digests[digest] += readers
        else:
            reached[choice] += readers
    by_selection: Counter[int | None] = Counter()
    for (selection, _mixture), readers in reached.items():
        by_selection[selection] += readers
    return AudienceCount(
        reached=reached.total(),
        everything=by_selection[None],
        topics=tuple(_topics(by_selection, choices, content)) if by_topic else (),
        excluded=dict(excluded),
        digests=dict(digests),
        variants=len({variants.number_for(*choice) for choice in reached}),
        by_variant=tuple(_by_variant(reached, variants, choices)) if by_topic else (),
        by_topics=by_topics,
        by_parts=by_parts,
        in_segments={
            segment.id: sum(readers for (_selection, mixture), readers in reached.items() if mixture >> at & 1)
            for at, segment in enumerate(content.block_segments)
        },
    )


def _by_variant(reached: Counter[Choice], variants: Variants, choices: TopicChoices) -> list[VariantReach]:
    readers: Counter[int] = Counter()
    examples: dict[int, Choice] = {}
    for choice, count in reached.items():
        number = variants.number_for(*choice)
        readers[number] += count
        examples[number] = max(examples.get(number, choice), choice, key=lambda each: reached[each])
    return [
        VariantReach(
            count, None if (selection := examples[number][0]) is None else choices[selection], examples[number][1]
        )
        for number, count in readers.most_common()
    ]


def _groups(content: EditionContent, now: datetime) -> Iterator[tuple[Skip | None, str, Choice, str, int]]:
    """The audience by personal exclusion, status, what decides on the variant and the digest that they chose (empty:
    none), with the number of readers."""
    rows: Any = _with_mixture(Audience.from_content(content).subscriptions().order_by(), content)
    counted = rows.values_list("status", "selection_id", "mixture").annotate(n=Count("pk"))
    others = Counter({(status, (selection, mixture)): readers for status, selection, mixture, readers in counted})
    for exclusion in PERSONAL:
        few = rows.filter(subscriber__in=people_excluded(exclusion, now).values("pk"))
        # Counted here: a GROUP BY makes SQLite read all of the list by another index, where these few are looked up.
        found = Counter(
            (status, (selection, mixture))
            for status, selection, mixture in few.values_list("status", "selection_id", "mixture")
        )
        others.subtract(found)
        for (status, choice), readers in found.items():
            yield exclusion.reason, status, choice, "", readers
    in_digests = rows.filter(wanting_digests(content))
    for exclusion in PERSONAL:
        people = Subscriber.objects.filter(exclusion.people(now), pk=OuterRef("subscriber_id"))
        in_digests = in_digests.filter(~Exists(people))
    waiting = in_digests.values_list("status", "selection_id", "mixture", "frequency").annotate(n=Count("pk"))
    for status, selection, mixture, frequency, readers in waiting:
        others[status, (selection, mixture)] -= readers
        yield None, status, (selection, mixture), frequency, readers
    for (status, choice), readers in others.items():
        if readers > 0:  # not below: a query sees more than the one before it
            yield None, status, choice, "", readers


def _with_mixture(rows: QuerySet[Subscription], content: EditionContent) -> QuerySet[Any]:
    """Each with `mixture`: which of the segments that blocks are for the reader is in, as bits in their order. Raises
    `BadRule`."""
    bits: Any = Value(0, IntegerField())
    for at, rule in enumerate(block_rules(content)):
        # Looked up reader by reader or hashed, as the database finds best; `IN` here could be compared row by row.
        person = Subscriber.objects.filter(condition_of(rule), pk=OuterRef("subscriber_id"))
        bits += Case(When(Exists(person), then=Value(1 << at)), default=Value(0), output_field=IntegerField())
    return rows.annotate(mixture=bits)


def _topics(reached: Counter[int | None], choices: TopicChoices, content: EditionContent) -> list[TopicReach]:
    followers: Counter[int] = Counter()
    for choice, readers in reached.items():
        if choice is not None:
            followers.update(dict.fromkeys(choices[choice], readers))
    about = Counter(topic for article in content.articles for topic in article.topic_ids)
    names = Topic.objects.filter(pk__in={*followers, *about}).values_list("pk", "name")
    return [TopicReach(name, followers[pk], about[pk]) for pk, name in names]
