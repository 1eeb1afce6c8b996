"""What each page of an edition costs: at most 24 queries, the same for two articles and for twelve, for few readers
and for many; its content is built once and its mail rendered once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.admin.edition.edition_page import rendered_lately
from newsletters.editions import approving, editing, snapshot
from newsletters.editions.drafts import Block, Draft
from newsletters.models import Chunk, Edition, Newsletter, RateLimit, SeedList
from newsletters.models.deliveries import Outcome
from newsletters.rendering import mail
from tests.factories import give_number, make_article, make_edition, make_list, make_newsletter, make_reader, make_topic
from tests.images import stored_picture
from tests.newsletters.admin.edition.test_ledger import settle

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

MOST = 24
DRAFT_PAGES = (
    "change/", "send/", "panels/", "preflight/", "audience/", "approval/", "versions/", "preview/html/",
    "preview/text/",
)  # fmt: skip
SENT_PAGES = (
    "change/", "ledger/", "ledger/?outcome=in_doubt", "mark-as-sent/", "resend/", "retry-failed/", "progress.json",
    "cancel/", "audience/", "approval/", "preview/html/",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    status: int
    queries: int
    builds: int  # of the edition's content
    renderings: int  # of its mail


Ask = Callable[[Edition], Any]
CostOf = Callable[[Ask, Edition], Cost]


@pytest.fixture
def cost_of(monkeypatch: pytest.MonkeyPatch) -> CostOf:
    """What a request costs, when nothing of it is kept from an earlier one."""
    calls: Counter[str] = Counter()

    def count(module: Any, name: str) -> None:
        original = getattr(module, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, counted)

    count(snapshot, "of_draft")
    count(mail, "_render")

    def cost(ask: Ask, edition: Edition) -> Cost:
        ask(edition)  # what the process looks up once, such as content types
        calls.clear()
        rendered_lately.cache_clear()
        with CaptureQueriesContext(connection) as captured:
            answer = ask(edition)
        return Cost(answer.status_code, len(captured), calls["of_draft"], calls["_render"])

    return cost


def make_draft(size: int) -> Edition:
    """With as many articles, pictures, topics, authors, new articles and seed lists, twenty times as many readers, an
    open request for approval, and an edition that was sent before."""
    topics = [make_topic() for _ in range(size)]
    newsletter = make_newsletter(make_list(topics=topics), needs_approval=True)
    newsletter.topics.set(topics)
    articles = [
        make_article(topics=[topic], author=f"Author of {topic}", lead_picture=stored_picture()) for topic in topics
    ]
    for topic in topics:
        make_article(topics=[topic], lead_picture=stored_picture())
        SeedList.objects.create(name=f"About {topic}", addresses="seed@example.org")
    for number in range(20 * size):
        make_reader(newsletter.mailing_list, topics=[topics[number % size]] if number % 2 else ())
    make_sent_before(newsletter)
    edition = make_edition(newsletter, articles=articles, subject="What was in the news", preheader="In short")
    blocks = (*(Block(article_id=article.pk) for article in articles), Block(kind="heading", headline="TK"))
    pictures = tuple(Block(kind="picture", picture_id=stored_picture().pk) for _ in range(size))
    for subject in ("The news of the week", "The news of this week"):
        draft = Draft(subject, "In short", "<p>Hello</p>", blocks + pictures)
        edition = editing.save(edition.pk, draft, revision=edition.revision, by="Ada")
    approving.ask(edition, by=User.objects.create_user(f"asks{edition.pk}", is_staff=True))
    return edition


def make_sent_before(newsletter: Newsletter) -> None:
    before = make_edition(newsletter)
    settle(before, [(f"before{before.pk}-{number}@example.org", Outcome.ACCEPTED) for number in range(60)])
    mark_sent(before)
    Chunk.objects.filter(edition=before).update(heard_at=timezone.now())
    RateLimit.objects.get_or_create(domain="example.org", defaults={"per_second": 5})


def mark_sent(edition: Edition) -> None:
    now = timezone.now()
    content = snapshot.of_edition(give_number(edition)).to_json()
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, snapshot=content, content_hash="x", queued_at=now, frozen_at=now, finished_at=now
    )


def make_sent(size: int) -> Edition:
    edition = make_draft(size)
    outcomes = (Outcome.ACCEPTED, Outcome.IN_DOUBT, Outcome.REJECTED, Outcome.SKIPPED)
    settle(edition, [(f"r{edition.pk}-{n}@example.org", outcomes[n % 4]) for n in range(8 * size)])
    mark_sent(edition)
    return edition


def assert_alike(few: dict[str, Cost], many: dict[str, Cost]) -> None:
    """Of a thing that there is four times more often a query each would be four more. One more is what was kept for a
    second, on a busy machine."""
    for page, cost in many.items():
        assert replace(cost, queries=0) == replace(few[page], queries=0), page
        assert cost.queries <= few[page].queries + 1, page


def address(edition: Edition, page: str) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/{page}"


def get(client: Client, page: str, edition: Edition) -> Any:
    return client.get(address(edition, page))


def test_the_pages_of_a_draft(publisher: Client, settings: Settings, cost_of: CostOf) -> None:
    settings.CHECK_DNS = True

    def costs(edition: Edition) -> dict[str, Cost]:
        return {page: cost_of(partial(get, publisher, page), edition) for page in DRAFT_PAGES}

    few = costs(make_draft(2))  # before there is more of anything
    assert_alike(few, costs(make_draft(6)))
    for page, cost in few.items():
        assert (cost.status, cost.queries <= MOST, cost.builds <= 1, cost.renderings <= 1) == (200, True, True, True), (
            page
        )


def test_the_pages_of_what_was_sent(publisher: Client, cost_of: CostOf) -> None:
    def costs(edition: Edition) -> dict[str, Cost]:
        return {page: cost_of(partial(get, publisher, page), edition) for page in SENT_PAGES}

    few = costs(make_sent(2))
    assert_alike(few, costs(make_sent(6)))
    for page, cost in few.items():
        # Nothing is built: its content stands in the snapshot.
        assert (cost.status, cost.queries <= MOST, cost.builds, cost.renderings <= 1) == (200, True, 0, True), page


@pytest.mark.usefixtures("colleagues")
def test_a_test_mail(publisher: Client, cost_of: CostOf) -> None:
    def ask(edition: Edition) -> Any:
        return publisher.post(address(edition, "test/"), {"addresses": "ada@example.org"})

    few, many = cost_of(ask, make_draft(2)), cost_of(ask, make_draft(6))
    assert few == many
    assert few.status == 302
    assert few.queries <= MOST
    assert (few.builds, few.renderings) == (1, 1)


def test_a_draft_that_saves_by_itself(publisher: Client, cost_of: CostOf) -> None:
    def save(edition: Edition) -> Any:
        edition.refresh_from_db()
        blocks = {block.key: block for block in edition.items.all()}
        typed = {"revision": edition.revision, "subject": f"Typed {edition.revision}", "block": list(blocks)}
        for key, block in blocks.items():
            typed |= {f"kind-{key}": block.kind, f"headline-{key}": block.headline}
            typed |= {f"article-{key}": block.article_id or "", f"picture-{key}": block.picture_id or ""}
        return publisher.post(address(edition, "change/"), typed, headers={"Accept": "application/json"})

    few, many = cost_of(save, make_draft(2)), cost_of(save, make_draft(6))
    assert few == many
    assert few.status == 200
    assert few.queries <= 30  # a third of them write: the draft, its blocks, the revision
    assert (few.builds, few.renderings) == (1, 1)
