"""For random people and articles: the count, the samples, the frozen members, the check of each and the hand-out say
the same about who gets an edition and why the others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from newsletters.delivery.audience.counting import count_audience
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.audience.sampling import sample_readers
from newsletters.delivery.audience.topic_choices import read_topic_choices
from newsletters.delivery.engine import claiming, frozen, handing_out
from newsletters.delivery.ledger import members
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.editions import snapshot
from newsletters.models import Chunk, Delivery, Edition, Newsletter, RateLimit, Variant
from newsletters.rendering.content import EditionContent
from newsletters.rendering.variants import Variants
from subscribers import erasure
from subscribers.models import Subscriber, Subscription, Topic
from subscribers.models.lists import SubscriptionStatus as Status
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscriber,
    make_subscription,
    make_topic,
    start,
)

pytestmark = pytest.mark.django_db
TOPICS = 3
SKIPS = {skip.value: skip for skip in Skip}
ByReason = dict[Skip | None, set[int]]  # None: they get it


@dataclass(frozen=True)
class Person:
    status: Status
    suppressed: bool
    paused_days: int | None  # below 0: the pause is over
    topics: frozenset[int]
    domain: str
    frequency: str


people = st.builds(
    Person,
    status=st.sampled_from([Status.CONFIRMED, Status.CONFIRMED, Status.CONFIRMED, Status.PENDING, Status.UNSUBSCRIBED]),
    suppressed=st.sampled_from([False, False, True]),
    paused_days=st.sampled_from([None, None, -1, 1]),
    topics=st.frozensets(st.integers(0, TOPICS - 1)),
    domain=st.sampled_from(["example.org", "slow.example"]),
    frequency=st.sampled_from(["each", "each", "weekly"]),
)
# What becomes of them between the freezing and the hand-out.
fates = st.sampled_from(
    ["stays", "stays", "stays", "leaves", "signs up again", "is suppressed", "pauses", "is erased", "weekly", "each"]
)


def expected(person: Person, articles: Sequence[frozenset[int]]) -> Skip | None:
    if person.suppressed:
        return Skip.SUPPRESSED
    if person.status != Status.CONFIRMED:
        return Skip.PENDING if person.status == Status.PENDING else Skip.LEFT
    if person.paused_days == 1:
        return Skip.PAUSED
    reads = not person.topics or any(person.topics & about for about in articles)
    if not reads:
        return Skip.NO_TOPIC
    return Skip.DIGEST if person.frequency != "each" else None


def sign_up(newsletter: Newsletter, person: Person, topics: Sequence[Topic]) -> int:
    subscriber = make_subscriber()
    subscriber.email = f"reader{subscriber.pk}@{person.domain}"
    subscriber.is_suppressed = person.suppressed
    if person.paused_days is not None:
        subscriber.paused_until = timezone.now() + timedelta(days=person.paused_days)
    subscriber.save()
    chosen = [topics[number] for number in sorted(person.topics)]
    subscription = make_subscription(subscriber, newsletter.mailing_list, status=person.status, topics=chosen)
    if person.frequency != "each":
        Subscription.objects.filter(pk=subscription.pk).update(
            frequency=person.frequency, frequency_set_at=timezone.now()
        )
    return subscriber.pk


def befall(subscriber_id: int, fate: str) -> None:
    person, subscriptions = (
        Subscriber.objects.filter(pk=subscriber_id),
        Subscription.objects.filter(subscriber=subscriber_id),
    )
    match fate:
        case "leaves":
            subscriptions.update(status=Status.UNSUBSCRIBED)
        case "signs up again":
            subscriptions.update(status=Status.PENDING)
        case "is suppressed":
            person.update(is_suppressed=True)
        case "pauses":
            person.update(paused_until=timezone.now() + timedelta(days=1))
        case "weekly" | "each":
            subscriptions.update(frequency=fate, frequency_set_at=timezone.now())
        case "is erased":
            erasure.erase(person.get(), note="", by="")


def by_reason(reasons: Iterable[tuple[int, Skip | None]]) -> ByReason:
    found: defaultdict[Skip | None, set[int]] = defaultdict(set)
    for subscriber_id, reason in reasons:
        found[reason].add(subscriber_id)
    return dict(found)


def checked(content: EditionContent) -> ByReason:
    """Everybody on the list, each as the check at hand-out sees them."""
    variants = Variants(content, read_topic_choices())
    rows = Subscription.objects.filter(mailing_list=content.list_id).values_list("subscriber_id", "selection_id")
    everybody = [Member(subscriber_id, variants.number_for(choice)) for subscriber_id, choice in rows]
    found = recheck(Audience.from_content(content), everybody, {}, timezone.now(), letters=())
    reasons: list[tuple[int, Skip | None]] = [(member.subscriber_id, None) for member in found.recipients]
    return by_reason(reasons + [(member.subscriber_id, reason) for member, reason in found.skips.items()])


def sampled(content: EditionContent) -> ByReason:
    return {reason: set(ids) for reason, ids in sample_readers(content, at_most=100).items() if ids}


def counted(content: EditionContent) -> Counter[Skip | None]:
    count = count_audience(content)
    found: Counter[Skip | None] = Counter({None: count.reached})
    found.update(dict(count.excluded.items()))
    return found


def numbers(found: ByReason) -> Counter[Skip | None]:
    return Counter({reason: len(ids) for reason, ids in found.items()})


def frozen_members(edition: Edition) -> dict[int, int]:
    chunks = Chunk.objects.filter(edition=edition)
    return {member.subscriber_id: member.variant for chunk in chunks for member in members.unpack(chunk.members)}


def handed_out(edition: Edition) -> ByReason:
    """Send it as far as the hand-out: who was handed out, and what the ledger says of the others."""
    claims = claiming.claim("somebody", timezone.now(), at_most=100)
    holds = [handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash)) for claim in claims]
    steps = handing_out.exchange(holds, [100] * len(holds))
    reasons: list[tuple[int, Skip | None]] = [
        (handed.member.subscriber_id, None) for step in steps for handed in step.handed_out
    ]
    rows = Delivery.objects.filter(edition=edition).values_list("subscriber_id", "reason")
    return by_reason(reasons + [(subscriber_id, SKIPS[reason]) for subscriber_id, reason in rows])


@pytest.mark.timeout(300)
@examples(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    crowd=st.lists(st.tuples(people, fates), max_size=8),
    articles=st.lists(st.frozensets(st.integers(0, TOPICS - 1)), min_size=1, max_size=2),
    limited=st.booleans(),
)
def test_all_who_ask_are_told_the_same(
    crowd: list[tuple[Person, str]], articles: list[frozenset[int]], limited: bool
) -> None:
    with transaction.atomic():
        _compare(crowd, articles, limited)
        transaction.set_rollback(True)
    frozen.load.cache_clear()
    rate_limits.reload_limits()


def _compare(crowd: list[tuple[Person, str]], articles: list[frozenset[int]], limited: bool) -> None:
    if limited:
        RateLimit.objects.create(domain="slow.example", per_second=100)
    topics = [make_topic() for _ in range(TOPICS)]
    newsletter = make_newsletter(make_list(topics=topics))
    somebody = make_reader(newsletter.mailing_list).pk  # else there would be nobody to send to
    ids = {sign_up(newsletter, person, topics): person for person, _fate in crowd}
    make_reader(make_list())  # of another list
    edition = make_edition(
        newsletter, articles=[make_article(topics=[topics[number] for number in about]) for about in articles]
    )
    content = snapshot.of_edition(edition)

    everybody = by_reason([(somebody, None), *((pk, expected(person, articles)) for pk, person in ids.items())])
    assert checked(content) == everybody
    assert sampled(content) == everybody
    assert counted(content) == numbers(everybody)

    edition = start(edition)
    variants = frozen_members(edition)
    assert set(variants) == {somebody, *(pk for pk, person in ids.items() if person.status == Status.CONFIRMED)}
    assert edition.candidates == len(variants)
    assert everybody[None] <= set(variants)
    in_variants = {number for pk, number in variants.items() if pk in everybody[None]}
    assert count_audience(content).variants == len(in_variants)
    assert in_variants <= set(Variant.objects.filter(edition=edition).values_list("number", flat=True))

    for pk, (_person, fate) in zip(ids, crowd, strict=True):
        befall(pk, fate)
    now_so = {pk: reason for reason, found in sampled(snapshot.content_of(edition)).items() for pk in found}
    assert handed_out(edition) == by_reason((pk, now_so.get(pk, Skip.ERASED)) for pk in variants)


def test_what_has_no_articles_is_for_everybody() -> None:
    newsletter = make_newsletter(make_list())
    reader = make_reader(newsletter.mailing_list, topics=[make_topic()]).pk
    content = replace(snapshot.of_edition(make_edition(newsletter)), blocks=())
    assert checked(content) == sampled(content) == {None: {reader}}
    assert counted(content) == {None: 1}


def test_samples_stay_as_few_and_cost_as_many_queries_however_many_readers_there_are() -> None:
    newsletter = make_newsletter(make_list())
    content = snapshot.of_edition(make_edition(newsletter))

    def cost(readers: int) -> int:
        for _ in range(readers):
            make_reader(newsletter.mailing_list)
        with CaptureQueriesContext(connection) as captured:
            found = sample_readers(content, at_most=3)
        assert len(found[None]) == 3
        return len(captured)

    assert cost(3) == cost(20)
