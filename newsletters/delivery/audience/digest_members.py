"""Who gets a digest, and which articles each of them lacks.

The ledger is the source: a reader is owed the articles of every edition that skipped them because they wait for a
digest. They have had what an ordinary edition brought them, which the ledger and the variants say, and what a digest
brought, which `DigestArticle` says. So nothing comes twice and nothing is lost, however often somebody changes how
often they want mail. Read in batches along an index: memory doesn't grow with the readers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, DigestArticle, DigestRun, Edition, EditionItem, Variant
from newsletters.models.deliveries import Outcome
from subscribers.former_people import owners_of_former_numbers
from subscribers.models import DIGESTS, FormerSubscriber, Frequency, Subscription

BATCH = 1000
# Longer than the longest window, so that what a pause or a late mail kept back still comes.
LOOKED_BACK = timedelta(days=62)
_HAS_IT = (Outcome.ACCEPTED, Outcome.IN_DOUBT, Outcome.DEFERRED, Outcome.RETRYING)


@dataclass(frozen=True, slots=True)
class DigestMember:
    subscriber_id: int
    article_ids: frozenset[int]
    group: str  # the throttled domain of the address, if any


@dataclass(frozen=True)
class SkippedEditions:
    """Of the list, those that went out within reach of the window; the newest last."""

    ids: tuple[int, ...]
    # Of these and of every other edition with one of their articles.
    articles: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)  # by edition and variant
    unfinished: dict[int, frozenset[int]] = field(default_factory=dict)  # articles of those still being sent


def find_skipped_editions(run: DigestRun) -> SkippedEditions:
    editions = Edition.objects.filter(
        newsletter__mailing_list=run.mailing_list_id,
        digest="",
        frozen_at__gte=run.ends_at - LOOKED_BACK,
        frozen_at__lt=run.ends_at,
    )
    ids = tuple(editions.order_by("frozen_at", "pk").values_list("pk", flat=True))
    wanted = EditionItem.objects.filter(edition__in=ids, article__isnull=False).values("article")
    same = Edition.objects.filter(frozen_at__isnull=False, digest="", items__article__in=wanted)
    everywhere = {*ids, *same.values_list("pk", flat=True)}
    variants = Variant.objects.filter(edition__in=everywhere).values_list("edition_id", "number", "article_ids")
    articles = {(edition, number): frozenset(found) for edition, number, found in variants}
    at_work = Edition.objects.filter(pk__in=everywhere, status__in=[Edition.Status.SENDING, Edition.Status.PAUSED])
    unfinished: dict[int, frozenset[int]] = {pk: frozenset() for pk in at_work.values_list("pk", flat=True)}
    for (edition, _number), found in articles.items():
        if edition in unfinished:
            unfinished[edition] |= found
    return SkippedEditions(ids, articles, unfinished)


def readers_of(run: DigestRun) -> Q:
    """The subscriptions that the run is for. Who went back to each edition gets what they are still owed with the next
    daily digest, since that comes soonest."""
    frequencies = [run.frequency, *([Frequency.EACH.value] if run.frequency == Frequency.DAILY else [])]
    return Q(
        mailing_list=run.mailing_list_id,
        frequency_set_at__isnull=False,
        frequency__in=frequencies,
        status=Subscription.Status.CONFIRMED,
        subscriber__time_zone=run.zone,
    )


def stream_members(run: DigestRun) -> Iterator[DigestMember]:
    """Those who lack something, in the order of their numbers."""
    skipped = find_skipped_editions(run)
    if not skipped.ids:
        return
    rate_limits.reload_limits()
    domains = rate_limits.throttled_domains()
    last = 0
    while True:
        rows = Subscription.objects.filter(readers_of(run), subscriber__gt=last).order_by("subscriber_id")
        batch = dict(rows.values_list("subscriber_id", "subscriber__email")[:BATCH])
        if not batch:
            return
        last = max(batch)
        for subscriber_id, article_ids in _lacking(skipped, list(batch)):
            yield DigestMember(subscriber_id, article_ids, rate_limits.group_of(batch[subscriber_id], domains))


def _lacking(skipped: SkippedEditions, subscriber_ids: list[int]) -> Iterator[tuple[int, frozenset[int]]]:
    owed: defaultdict[int, set[int]] = defaultdict(set)
    had: defaultdict[int, set[int]] = defaultdict(set)
    settled: defaultdict[int, set[int]] = defaultdict(set)
    editions = {edition for edition, _variant in skipped.articles}
    owners = owners_of_former_numbers(subscriber_ids)
    rows = Delivery.objects.filter(subscriber_id__in=[*subscriber_ids, *owners], edition__in=editions)
    ours = frozenset(skipped.ids)
    for number, edition, variant, outcome, reason in rows.values_list(
        "subscriber_id", "edition_id", "variant", "outcome", "reason"
    ):
        articles = skipped.articles.get((edition, variant), frozenset())
        subscriber_id = owners.get(number, number)
        if number == subscriber_id:  # what was settled for a merged person says nothing about mail still on its way
            settled[subscriber_id].add(edition)
        if outcome in _HAS_IT:
            had[subscriber_id] |= articles
        elif outcome == Outcome.SKIPPED and reason == Skip.DIGEST and edition in ours:
            owed[subscriber_id] |= articles
    in_digests = DigestArticle.objects.filter(subscriber_id__in=list(owed))
    for subscriber_id, article in in_digests.values_list("subscriber_id", "article_id"):
        had[subscriber_id].add(article)
    for subscriber_id in sorted(owed):
        lacking = owed[subscriber_id] - had[subscriber_id]
        for edition, articles in skipped.unfinished.items():
            if edition not in settled[subscriber_id]:
                lacking -= articles  # it may yet bring them: the next digest knows
        if lacking:
            yield subscriber_id, frozenset(lacking)


def forget_articles(subscriber_id: int) -> None:
    """Of somebody who is erased."""
    DigestArticle.objects.filter(subscriber_id=subscriber_id).delete()


def hand_over_articles(kept_id: int, former_id: int) -> None:
    """Of somebody who is merged into another: what they had in a digest, the other had."""
    theirs = DigestArticle.objects.filter(subscriber_id=former_id)
    both = DigestArticle.objects.filter(subscriber_id=kept_id).values("article")
    theirs.filter(article__in=both).delete()
    theirs.update(subscriber_id=kept_id)


def release_unsent(run: DigestRun) -> int:
    """Digests of this list that are over: who got none after all (a pause, a cancelled edition) still lacks its
    articles. A cancelled one isn't over while mails were handed out and nobody knows yet what became of them."""
    over = Edition.objects.filter(
        digest__in=DIGESTS,
        newsletter__mailing_list=run.mailing_list_id,
        status__in=[Edition.Status.SENT, Edition.Status.CANCELLED],
        frozen_at__gte=run.ends_at - LOOKED_BACK,
    )
    at_work = Chunk.objects.filter(Q(state=Chunk.State.CLAIMED) | Q(handed_to__gt=F("settled")), edition=OuterRef("pk"))
    over = over.filter(~Exists(at_work))
    sent = Delivery.objects.filter(edition=OuterRef("edition"))
    sent = sent.exclude(outcome__in=[Outcome.SKIPPED, Outcome.CANCELLED])
    got = sent.filter(subscriber_id=OuterRef("subscriber_id"))
    # The ledger keeps the numbers of people who were merged into another since.
    formers = FormerSubscriber.objects.filter(subscriber=OuterRef(OuterRef("subscriber_id"))).values("former_id")
    got_before = sent.filter(subscriber_id__in=formers)
    unsent = DigestArticle.objects.filter(~Exists(got), ~Exists(got_before), edition__in=over)
    deleted, _by_model = unsent.delete()
    return deleted
