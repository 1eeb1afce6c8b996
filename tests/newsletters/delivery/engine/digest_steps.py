"""What the tests of digests do with editions and readers, and what readers got by the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from django.utils import timezone

from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.engine import digest_runs, freezing
from newsletters.delivery.ledger import members
from newsletters.models import Chunk, Delivery, Edition, Newsletter, Variant
from newsletters.models.deliveries import Outcome
from newsletters.rendering.content import EditionContent
from subscribers.models import Subscriber
from subscribers.preferences import changes
from tests.factories import make_article, make_edition, queue

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deliver(edition: Edition) -> None:
    """Freeze it, and settle everybody as the engine does: who is due is accepted, the others are skipped."""
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    for chunk in Chunk.objects.filter(edition=edition):
        settle(edition, chunk)
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENT)


def settle(edition: Edition, chunk: Chunk) -> None:
    frozen = members.unpack(chunk.members)
    content = EditionContent.from_json(edition.snapshot or {})
    checked = recheck(Audience.from_content(content), frozen, {}, timezone.now(), letters=())
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition, subscriber_id=member.subscriber_id, chunk=chunk, fence=1, variant=member.variant,
            outcome=Outcome.ACCEPTED if member in checked.recipients else Outcome.SKIPPED,
            reason="" if member in checked.recipients else checked.skips[member].value,
            settled_at=timezone.now(),
        )
        for member in frozen
    )  # fmt: skip
    Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.DONE)


def send(newsletter: Newsletter, *articles: object) -> Edition:
    edition = queue(make_edition(newsletter, articles=list(articles) or [make_article()]))  # type: ignore[arg-type]
    deliver(edition)
    return edition


def digests(now: datetime) -> list[Edition]:
    """Make what is due, and send it."""
    runs = [run for run in digest_runs.make_due(now) if run.edition]
    editions = [run.edition for run in runs if run.edition]
    for edition in editions:
        deliver(edition)
    return editions


def received(person: Subscriber) -> Counter[int]:
    """How often each article came, by the ledger."""
    articles = {(v.edition_id, v.number): v.article_ids for v in Variant.objects.all()}
    found: Counter[int] = Counter()
    for row in Delivery.objects.filter(subscriber_id=person.pk, outcome=Outcome.ACCEPTED):
        found.update(articles[row.edition_id, row.variant])
    return found


def choose(person: Subscriber, newsletter: Newsletter, frequency: str) -> None:
    changes.set_frequency(person.pk, newsletter.mailing_list_id, frequency)
