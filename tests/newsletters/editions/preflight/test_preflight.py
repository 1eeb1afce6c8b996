"""May it go out? Each thing that is wrong, in an edition that has nothing else wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.editions import preflight, transitions
from newsletters.editions.preflight import spam
from newsletters.models import Article, Chunk, Edition, Newsletter
from tests.factories import give_number, make_article, make_edition, make_newsletter, make_reader, make_topic, queue
from tests.newsletters.editions.preflight.conftest import codes, warnings


def test_a_good_edition_passes(newsletter: Newsletter) -> None:
    assert preflight.check(make_edition(newsletter)) == []


def test_an_edition_without_articles_is_blocked(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    edition.items.all().delete()
    assert codes(edition) == {"empty"}


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "   "}, "subject"),
        ({"subject": "Dear {{ nobody|x }}"}, "merge_field"),
        ({"introduction": "<p>{{ name }}</p>"}, "merge_field"),
        ({"introduction": "<p>TK</p>"}, "tk"),
        ({"subject": "One\r\nBcc: everybody@example.org"}, "control"),
        ({"introduction": '<p><a href="/articles/x/">relative</a></p>'}, "link"),
        ({"introduction": "<p>iRiAsLoT000x</p>"}, "marker"),
    ],
)
def test_what_is_wrong_for_certain_blocks(newsletter: Newsletter, fields: dict[str, Any], code: str) -> None:
    edition = make_edition(newsletter, **fields)
    assert code in codes(edition)
    with pytest.raises(transitions.NotReady):
        queue(edition)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"from_email": ""}, "sender"), ({"from_name": ""}, "sender"), ({"postal_address": " "}, "postal_address")],
)
def test_a_newsletter_without_sender_or_postal_address_blocks(
    newsletter: Newsletter, fields: dict[str, str], code: str
) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(**fields)
    newsletter.refresh_from_db()
    assert codes(make_edition(newsletter)) == {code}


def test_an_unpublished_article_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(newsletter, articles=[make_article(status=Article.Status.DRAFT)])) == {"unpublished"}


@pytest.mark.either_database
def test_a_headline_that_looks_like_a_slot_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(newsletter, articles=[make_article(title="iRiAsLoT007x")])) == {"marker"}


def test_an_audience_of_nobody_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(make_newsletter())) == {"nobody"}


@pytest.mark.either_database
def test_a_mail_that_gmail_would_cut_off_blocks(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, introduction="<p>" + "word " * 25_000 + "</p>")
    assert codes(edition) == {"size"}


def test_what_is_only_unwise_warns(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="A subject that goes on and on and on and on until nobody reads it")
    assert [(finding.code, finding.blocking) for finding in preflight.check(edition)] == [("subject_long", False)]


@pytest.mark.either_database
@pytest.mark.parametrize(("subject", "code"), [("News", "subject_short"), ("{{ number }}", "subject_short")])
def test_a_subject_that_says_nothing_warns(newsletter: Newsletter, subject: str, code: str) -> None:
    assert code in warnings(make_edition(newsletter, subject=subject))


# --- Where it is mended -------------------------------------------------------------------------------------------
def fields(edition: Edition) -> dict[str, str]:
    return {finding.code: finding.field for finding in preflight.check(edition)}


@pytest.mark.either_database
def test_tk_is_found_wherever_it_stands(newsletter: Newsletter) -> None:
    article = make_article(summary="What the minister said, TK.")
    edition = make_edition(newsletter, articles=[article])
    assert fields(edition)["tk"] == "block.0"
    Newsletter.objects.update(footer="Editor: TKTK")
    edition = make_edition(Newsletter.objects.get(pk=newsletter.pk))
    assert fields(edition)["tk"] == "newsletter.footer"


@pytest.mark.either_database
def test_a_word_that_only_holds_the_letters_is_no_tk(newsletter: Newsletter) -> None:
    assert "tk" not in codes(make_edition(newsletter, subject="The ATK report and what comes next"))


@pytest.mark.either_database
def test_the_place_of_a_finding_in_the_mail_is_that_of_what_was_typed(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, introduction='<p>See <a href="http://example.org/">the treaty</a></p>')
    assert fields(edition)["link_http"] == "introduction"
    unpublished = make_article(status=Article.Status.DRAFT)
    assert fields(make_edition(newsletter, articles=[unpublished]))["unpublished"] == f"page.{unpublished.pk}"


# --- Own links ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "dead"),
    [
        ("", False),
        ("/", False),
        ("/articles/there/", False),
        ("/articles/there/?from=mail#top", False),
        ("/topics/water/", False),
        ("/archive/", False),
        ("/ar/articles/there/", False),
        ("/ar/articles/not-there/", True),
        ("/authors/nobody/", True),
        ("/articles/not-there/", True),
        ("/articles/draft/", True),
        ("/topics/fire/", True),
        ("/archive/nothing/", True),
        ("/nowhere/at/all/", True),
        ("/media/pictures/ab/0123456789abcdef-640.jpg", True),
    ],
)
def test_a_link_to_our_own_site_must_lead_to_a_page(newsletter: Newsletter, path: str, dead: bool) -> None:
    make_article(slug="there")
    make_article(slug="draft", status=Article.Status.DRAFT)
    make_topic(name="Water", slug="water")
    address = f"https://news.iria.example{path}"
    edition = make_edition(newsletter, introduction=f'<p><a href="{address}">The treaty</a></p>')
    assert ("dead_own" in codes(edition)) is dead


# --- Sender and audience ------------------------------------------------------------------------------------------
def test_a_sender_of_another_domain_is_not_allowed(newsletter: Newsletter, settings: Settings) -> None:
    settings.SENDER_DOMAINS = ["IRIA.example"]
    assert codes(make_edition(newsletter)) == set()
    settings.SENDER_DOMAINS = ["elsewhere.example"]
    assert codes(make_edition(newsletter)) == {"from_domain"}


@pytest.mark.parametrize(
    ("local", "inbox", "found"),
    [(True, False, {"site_local"}), (True, True, {"site_url"}), (False, False, set()), (False, True, set())],
)
def test_links_to_this_machine_block_where_mail_leaves_it(
    local: bool, inbox: bool, found: set[str], newsletter: Newsletter, settings: Settings
) -> None:
    settings.SITE_IS_LOCAL, settings.INBOX_ENABLED = local, inbox
    about_the_site = [each for each in preflight.check(make_edition(newsletter)) if each.code.startswith("site_")]
    assert {each.code for each in about_the_site} == found
    for each in about_the_site:
        assert each.blocking == (each.code == "site_local")
        assert not each.overridable


def test_many_more_recipients_than_in_the_last_week_warn(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    sent_edition(newsletter, candidates=1, rejected=0)
    make_reader(newsletter.mailing_list)
    assert warnings(edition) == set()  # twice as many are no jump
    make_reader(newsletter.mailing_list)
    assert warnings(edition) == set()  # they are counted once in a minute
    cache.clear()
    assert warnings(edition) == {"jump"}
    Edition.objects.filter(frozen_at__isnull=False).update(frozen_at=timezone.now() - timedelta(days=8))
    assert warnings(edition) == set()


@pytest.mark.parametrize(("rejected", "found"), [(2, set()), (3, {"bounces"})])
def test_bounces_of_the_last_edition_warn(newsletter: Newsletter, rejected: int, found: set[str]) -> None:
    sent_edition(newsletter, candidates=100, rejected=rejected)
    assert warnings(make_edition(newsletter)) == found


def sent_edition(newsletter: Newsletter, *, candidates: int, rejected: int) -> Edition:
    edition = give_number(queue(make_edition(newsletter)))
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, frozen_at=timezone.now() - timedelta(hours=1), candidates=candidates
    )
    Chunk.objects.create(edition=edition, wave=timezone.now(), seq=1, members=b"", n=candidates, rejected=rejected)
    return edition


# --- Outside ------------------------------------------------------------------------------------------------------
def test_twenty_articles_cost_as_many_queries_as_two(newsletter: Newsletter) -> None:
    def cost(count: int) -> int:
        edition = make_edition(newsletter, articles=[make_article(topics=[make_topic()]) for _ in range(count)])
        with CaptureQueriesContext(connection) as captured:
            assert codes(edition) == set()
        return len(captured)

    cost(2)  # readers are counted once a minute
    assert cost(2) == cost(20)


def test_spamd_is_asked_only_where_there_is_one(settings: Settings) -> None:
    settings.SPAMD = None
    assert spam.score(b"Subject: x\r\n\r\nx") == {}
