"""The progress of an edition: how fast, how long, and why anything waits; without reloading, and at a fixed cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.admin.edition.watching import left_in_words, rate_in_words
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, Edition, Newsletter, RateLimit
from newsletters.models.deliveries import Outcome
from tests.factories import make_edition, make_list, make_newsletter, make_reader, start

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def newsletter(settings: Settings) -> Newsletter:
    settings.CHUNK_SIZE = 2
    mailing_list = make_list()
    for number in range(10):
        make_reader(mailing_list, email=f"r{number}@{'slow' if number % 2 else 'fast'}.example")
    return make_newsletter(mailing_list)


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    return start(make_edition(newsletter))


def progress(client: Client, edition: Edition) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/admin/newsletters/edition/{edition.pk}/progress.json").json()
    return answer


def page(client: Client, edition: Edition) -> str:
    return client.get(f"/admin/newsletters/edition/{edition.pk}/change/").content.decode()


def test_rate_and_time_left_are_those_of_the_senders_at_work(editor: Client, edition: Edition) -> None:
    first, second, other = edition.chunks.order_by("pk")[:3]
    Chunk.objects.filter(pk__in=[first.pk, second.pk]).update(
        state=Chunk.State.CLAIMED, rate=0.02, heard_at=timezone.now()
    )
    Chunk.objects.filter(pk=other.pk).update(rate=900)  # of a claim that ended
    now = progress(editor, edition)
    assert (now["rate"], now["left"]) == ("about 0.04 emails per second", "about 4 minutes left")
    assert "about 0.04 emails per second · about 4 minutes left" in page(editor, edition)


def test_the_rate_is_never_above_the_limit_for_all_mail(editor: Client, edition: Edition) -> None:
    """What the connections could take is no measure of a throttled edition."""
    RateLimit.objects.create(per_second=0.5)
    rate_limits.reload_limits()
    chunk = edition.chunks.order_by("pk")[0]
    Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.CLAIMED, rate=86, heard_at=timezone.now())
    assert progress(editor, edition)["rate"] == "about 0.5 emails per second"


def test_a_cancelled_edition_is_watched_until_each_recipient_has_an_outcome(editor: Client, edition: Edition) -> None:
    Edition.objects.update(status=Edition.Status.CANCELLED)
    assert progress(editor, edition)["watched"] is True
    assert "progress.json" in page(editor, edition)
    for chunk in edition.chunks.all():
        Chunk.objects.filter(pk=chunk.pk).update(cancelled=chunk.n)
    assert progress(editor, edition)["watched"] is False
    assert "progress.json" not in page(editor, edition)


@pytest.mark.parametrize("status", ["sending", "paused", "sent"])
def test_what_readers_can_open_in_the_archive_staff_can_too(editor: Client, edition: Edition, status: str) -> None:
    Edition.objects.update(status=status)
    assert f'href="{edition.get_absolute_url()}"' in page(editor, edition)
    assert Client().get(edition.get_absolute_url()).status_code == 200


def test_where_nobody_is_at_work_no_rate_and_no_time_is_shown(editor: Client, edition: Edition) -> None:
    Chunk.objects.update(rate=500)
    now = progress(editor, edition)
    assert (now["rate"], now["left"], now["why"]) == ("", "", [])
    assert '<p id="iria-speed" hidden>' in page(editor, edition)


def test_why_it_waits_stands_in_the_page_and_in_what_the_script_asks_for(editor: Client, edition: Edition) -> None:
    RateLimit.objects.create(per_second=3)
    rate_limits.reload_limits()
    Edition.objects.update(trouble="<b>Refused</b>")
    why = progress(editor, edition)["why"]
    assert why[0].startswith("<b>Refused</b> We keep retrying")
    assert why[1] == "All mail is throttled to 3 a second."
    html = page(editor, edition)
    assert '<li class="iria-warning">&lt;b&gt;Refused&lt;/b&gt; We keep retrying' in html
    assert '<li class="iria-warning">All mail is throttled to 3 a second.</li>' in html


def test_a_look_costs_the_same_for_any_number_of_chunks_and_deferrals(editor: Client, newsletter: Newsletter) -> None:
    for domain in ("slow.example", "fast.example", ""):
        RateLimit.objects.create(domain=domain, per_second=5)

    def cost(edition: Edition, deferrals: int) -> int:
        first = edition.chunks.order_by("pk")[0]
        Chunk.objects.filter(pk=first.pk).update(
            deferred=deferrals, state=Chunk.State.CLAIMED, rate=1, heard_at=timezone.now()
        )
        for number in range(deferrals):
            Delivery.objects.create(
                edition=edition, subscriber_id=number, chunk=first, fence=1, variant=1, outcome=Outcome.DEFERRED,
                retry_at=timezone.now(), settled_at=timezone.now(),
            )  # fmt: skip
        rate_limits.reload_limits()
        with CaptureQueriesContext(connection) as queries:
            assert len(progress(editor, edition)["why"]) == 4
        return len(queries)

    small = cost(start(make_edition(newsletter)), 1)
    for number in range(40):
        make_reader(newsletter.mailing_list, email=f"more{number}@{'slow' if number % 2 else 'fast'}.example")
    assert cost(start(make_edition(newsletter)), 30) == small
    assert small <= 14  # session, user and permissions are among them


@pytest.mark.parametrize(
    ("speed", "words"),
    [
        (0, ""), (0.004, ""), (0.04, "about 0.04 emails per second"), (0.5, "about 0.5 emails per second"),
        (0.96, "about 1 email per second"), (1.0, "about 1 email per second"), (12.4, "about 12 emails per second"),
        (1247.3, "about 1,250 emails per second"), (99999, "about 100,000 emails per second"),
    ],
)  # fmt: skip
def test_a_rate_is_said_as_exactly_as_it_is_known(speed: float, words: str) -> None:
    assert rate_in_words(speed) == words


@pytest.mark.parametrize(
    ("count", "speed", "words"),
    [
        (0, 50, ""), (50, 0, ""), (20, 1, "less than a minute left"), (60, 1, "about 1 minute left"),
        (1000, 5, "about 3 minutes left"), (7200, 1, "about 2 hours left"), (1_000_000, 2, "about 6 days left"),
    ],
)  # fmt: skip
def test_the_time_left_is_said_roughly(count: int, speed: float, words: str) -> None:
    assert left_in_words(count, speed) == words
