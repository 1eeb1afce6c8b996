"""Who gets an edition, and why not the others: said here, once.

An `Audience` is the readers who are meant. `EXCLUSIONS` says, in order, why somebody among them gets nothing; the
first that applies is the reason. Counting, sampling, freezing and the check at hand-out ask both, each in the way that
is quick for it: an exclusion therefore holds its condition for Python and for the database side by side, and a property
test compares them for random people (tests/newsletters/delivery/audience/test_agreement.py).

Another reason (as a cap on how often somebody is written to) is one more entry of EXCLUSIONS. Another way to say who is
meant (who joined since the parent edition, a share of an A/B test) is a field of `Audience`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from newsletters.delivery.ledger.reasons import Skip
from newsletters.rendering.block_readers import MOST_SEGMENTS, has_part, mixtures
from newsletters.rendering.content import EditionContent, SegmentContent
from subscribers.models import DIGESTS, Subscriber, Subscription, TopicSelection
from subscribers.segments.compiling import people_in, rows_about
from subscribers.segments.rules import BadRule, Group

Status = Subscription.Status
CONFIRMED, PENDING = Status.CONFIRMED.value, Status.PENDING.value


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers whom an edition is meant for: those of a mailing list, in any of the segments that it goes to, and in
    none of those that it does not go to. Equal audiences hold the same readers."""

    list_id: int
    heeds_frequency: bool = True  # who chose digests is left out, and gets the articles in one
    include: tuple[Group, ...] = ()
    exclude: tuple[Group, ...] = ()

    @classmethod
    def from_content(cls, content: EditionContent) -> Audience:
        """Raises `BadRule` where a segment isn't there any more, since others would then be meant."""
        return cls(content.list_id, _heeds_frequency(content), rules_of(content.include), rules_of(content.exclude))

    def subscriptions(self) -> QuerySet[Subscription]:
        """Everybody who is meant, whether or not they get anything. Raises `BadRule` where a segment asks about what
        isn't there any more."""
        rows = Subscription.objects.filter(mailing_list_id=self.list_id)
        conditions = [] if not self.include else [Group("any", self.include)]
        conditions += [] if not self.exclude else [Group("not", self.exclude)]
        return rows.filter(rows_about(Group("all", tuple(conditions)), "subscriber_id")) if conditions else rows

    def where(self) -> tuple[str, list[Any]]:
        """Of a subscription `s`, for a query by hand, with its parameters: what must still hold of who was frozen. Not
        the segments: they say who is meant when the edition begins, and who changes the city meanwhile still is."""
        return "s.mailing_list_id = %s", [self.list_id]

    def candidates(self) -> QuerySet[Subscription]:
        """Those who are frozen: everybody confirmed. The ledger says of each what became of them, also of who is
        suppressed, has paused or follows other topics."""
        return self.subscriptions().filter(status=CONFIRMED)


def _heeds_frequency(content: EditionContent) -> bool:
    """All but a digest itself, and a letter: it has no articles that a digest could hold, so it goes to everybody."""
    return not content.digest and bool(content.articles)


def rules_of(segments: tuple[SegmentContent, ...]) -> tuple[Group, ...]:
    """Raises `BadRule` where one isn't there any more."""
    for segment in segments:
        if segment.rule is None:
            raise BadRule(_("The edition names a segment that can't be used any more: %s.") % segment.name)
    return tuple(segment.rule for segment in segments if segment.rule)


def block_rules(content: EditionContent) -> tuple[Group, ...]:
    """Of the segments that blocks are for. Raises `BadRule`, also where there are too many: each doubles the mails."""
    if len(content.block_segments) > MOST_SEGMENTS:
        words = {"count": len(content.block_segments), "most": MOST_SEGMENTS}
        raise BadRule(_("Blocks are for %(count)d different segments; at most %(most)d are possible.") % words)
    return rules_of(content.block_segments)


class Facts(NamedTuple):
    """All that the exclusions ask about one reader."""

    personal: str | None  # the first of PERSONAL that applies to the person
    status: str  # of the subscription
    has_nothing_to_read: bool  # the edition has articles, and none of them is on the topics they follow
    waits_for_digest: bool = False  # they chose one, the edition heeds that, and what they get of it has articles
    has_no_part: bool = False  # of what is on their topics, nothing is for the segments they are in


@dataclass(frozen=True, slots=True)
class PersonalExclusion:
    """A fact about the person: few people, whom an index of its own finds."""

    reason: Skip
    people: Callable[[datetime], Q]  # of Subscriber, at that moment
    sql: str  # the same of a subscriber `p`; %s is the moment

    def applies(self, facts: Facts) -> bool:
        return facts.personal == self.reason


@dataclass(frozen=True, slots=True)
class SubscriptionExclusion:
    """A fact about the subscription, counted by its status and choice of topics."""

    reason: Skip
    rows: Callable[[EditionContent], Q]  # of Subscription
    when: Callable[[Facts], bool]

    def applies(self, facts: Facts) -> bool:
        return self.when(facts)


def _nothing_to_read(content: EditionContent) -> Q:
    """As rendering.variants has it: anyone who chose topics gets the articles on any of them."""
    if not content.articles:
        return Q(pk__in=())
    topics = {topic_id for article in content.articles for topic_id in article.topic_ids}
    links = TopicSelection.topics.through.objects.filter(topicselection=OuterRef("pk"), topic__in=topics)
    return Q(selection__in=TopicSelection.objects.filter(~Exists(links)).values("pk"))


def _no_part(content: EditionContent) -> Q:
    """The same: of each mixture of the segments that blocks are for, those to whom nothing of it is left."""
    none = Q(pk__in=())
    for mixture, narrowed in mixtures(content) if block_rules(content) else ():
        if not has_part(narrowed, ()):
            left = _nothing_to_read(narrowed) if narrowed.articles else Q()
            none |= Q(subscriber__in=people_in(_exactly(content, mixture))) & left
    return none


def _exactly(content: EditionContent, mixture: int) -> Group:
    """Those who are in these of the segments that blocks are for, and in no other. Raises `BadRule`."""
    rules = block_rules(content)
    held = tuple(rule for at, rule in enumerate(rules) if mixture >> at & 1)
    others = tuple(rule for at, rule in enumerate(rules) if not mixture >> at & 1)
    return Group("all", (*held, Group("not", others)) if others else held)


def wanting_digests(content: EditionContent) -> Q:
    """Those who chose one, if the edition heeds that."""
    if not _heeds_frequency(content):
        return Q(pk__in=())
    return Q(frequency_set_at__isnull=False, frequency__in=DIGESTS)


def _waiting_for_digest(content: EditionContent) -> Q:
    """Nobody waits for a mail without articles, which a digest could not hold: where blocks are for segments, that may
    be left of an edition for some of its readers (rendering.variants calls it a letter)."""
    letters = Q(pk__in=())
    for mixture, narrowed in mixtures(content) if content.articles and block_rules(content) else ():
        if has_part(narrowed, ()):
            without_articles = _nothing_to_read(narrowed) if narrowed.articles else Q()
            letters |= Q(subscriber__in=people_in(_exactly(content, mixture))) & without_articles
    return wanting_digests(content) & ~letters


EXCLUSIONS: tuple[PersonalExclusion | SubscriptionExclusion, ...] = (
    PersonalExclusion(Skip.SUPPRESSED, people=lambda _now: Q(is_suppressed=True), sql="p.is_suppressed"),
    SubscriptionExclusion(
        Skip.PENDING, rows=lambda _content: Q(status=PENDING), when=lambda facts: facts.status == PENDING
    ),
    # Whatever else a status may be called one day: only who confirmed gets mail.
    SubscriptionExclusion(
        Skip.LEFT,
        rows=lambda _content: Q(status__in=[each.value for each in Status if each not in (CONFIRMED, PENDING)]),
        when=lambda facts: facts.status != CONFIRMED,
    ),
    PersonalExclusion(Skip.PAUSED, people=lambda now: Q(paused_until__gt=now), sql="p.paused_until > %s"),
    SubscriptionExclusion(Skip.NO_TOPIC, rows=_nothing_to_read, when=lambda facts: facts.has_nothing_to_read),
    SubscriptionExclusion(Skip.NO_PART, rows=_no_part, when=lambda facts: facts.has_no_part),
    # The last one: those skipped for it are owed the articles by a digest (`digest_members`).
    SubscriptionExclusion(Skip.DIGEST, rows=_waiting_for_digest, when=lambda facts: facts.waits_for_digest),
)
PERSONAL = tuple(each for each in EXCLUSIONS if isinstance(each, PersonalExclusion))
_CASES = (f"WHEN {each.sql} THEN '{each.reason.value}'" for each in PERSONAL)
PERSONAL_SQL = f"CASE {' '.join(_CASES)} END"  # the first of PERSONAL that applies, as `Facts.personal`
GONE = Skip.ERASED  # was frozen, and has no subscription to this list any more


@lru_cache(maxsize=1024)  # asked for every recipient of every edition, about few different facts
def exclusion_for(facts: Facts) -> Skip | None:
    """The reason why a reader gets nothing; None: they get it."""
    return next((each.reason for each in EXCLUSIONS if each.applies(facts)), None)


def people_excluded(exclusion: PersonalExclusion, now: datetime) -> QuerySet[Subscriber]:
    """The people to whom it applies, and no earlier personal one."""
    people = Subscriber.objects.filter(exclusion.people(now))
    for earlier in PERSONAL[: PERSONAL.index(exclusion)]:
        people = people.exclude(earlier.people(now))
    return people
