"""The archive: editions as they went out, for anybody to read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.blocks.content import ArticleContent, PictureContent
from newsletters.models import Edition, Newsletter
from newsletters.rendering.content import EditionContent, digest
from tests.factories import make_list
from tests.newsletters.rendering.sample import blocks_of

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

ARTICLE = ArticleContent(
    id=1,
    path="/articles/ships/",
    headline="Ships & straits",
    summary="Who may pass.",
    topic_ids=(1,),
    topics=("Maritime Security",),
    authors=("IRIA Desk",),
    reading_minutes=4,
    published_on="2024-10-09",
    picture=PictureContent(path="/media/pictures/ab/0123456789abcdef-960.jpg", width=552, height=310, alt="A ship"),
)


def make_edition(*, status: str = "sent", number: int = 1, **content: Any) -> Edition:
    newsletter, _created = Newsletter.objects.get_or_create(
        slug="iria-news",
        defaults={
            "name": "IRIA News", "mailing_list": make_list(), "from_name": "IRIA", "from_email": "news@iria.example",
            "postal_address": "1 Example Street",
        },
    )  # fmt: skip
    said = replace(
        EditionContent(
            edition_id=number, path=f"/archive/iria-news-{number}/", number=number, date="2024-10-14",
            subject="Who may pass?", preheader="And who may not", introduction="<p>Good morning.</p>",
            newsletter_id=newsletter.pk, newsletter="IRIA News", from_name="IRIA", from_email="news@iria.example",
            reply_to="", list_id=1, list_slug="iria-news", list_name="IRIA News", colour="#17304F", footer="The foot.",
            postal_address="1 Example Street", lifetime_hours=24, blocks=blocks_of([ARTICLE]),
        ),
        **content,
    )  # fmt: skip
    return Edition.objects.create(
        newsletter=newsletter, number=number, slug=f"iria-news-{number}", subject="changed since", status=status,
        snapshot=said.to_json(), content_hash=digest(said),
        frozen_at=timezone.now() if status in {"sending", "paused", "sent"} else None,
    )  # fmt: skip


def test_an_edition_shows_what_was_sent_and_not_what_was_changed_since(client: Client) -> None:
    make_edition()
    html = str(client.get("/archive/iria-news-1/").content, "utf-8")
    for words in (
        "Who may pass?", "IRIA News 1", "14 October 2024", "Good morning.", "Ships &amp; straits", "Who may pass.",
        "Maritime Security", "IRIA Desk", "4 minute read", "The foot.", 'href="/articles/ships/"', 'width="552"',
    ):  # fmt: skip
        assert words in html, words
    assert "changed since" not in html


def test_a_readers_own_fields_show_their_fallbacks(client: Client) -> None:
    make_edition(
        subject="{{ first_name|Reader }}, {{ count }} article: {{ lead }}",
        introduction="<p>Dear {{ name|friend &amp; reader }}, this is {{ newsletter }} {{ number }} of {{ date }}.</p>",
        newsletter="IRIA <News>",
    )
    html = str(client.get("/archive/iria-news-1/").content, "utf-8")
    assert "<h1>Reader, 1 article: Ships &amp; straits</h1>" in html
    assert "Dear friend &amp; reader, this is IRIA &lt;News&gt; 1 of 14 October 2024." in html
    assert "{{" not in html


def test_an_introduction_is_cleaned_whatever_way_it_came(client: Client) -> None:
    make_edition(introduction="<p onclick=x>Hi {{ name|<img src=x onerror=alert(1)> }}</p><script>alert(1)</script>")
    html = str(client.get("/archive/iria-news-1/").content, "utf-8")
    assert "alert(1)</script>" not in html
    assert "onclick" not in html
    assert "<img src=x" not in html


def test_an_edition_that_was_called_off_when_some_had_it_opens_by_its_link_but_is_not_listed(client: Client) -> None:
    edition = make_edition(status="cancelled")
    Edition.objects.filter(pk=edition.pk).update(frozen_at=timezone.now())
    assert client.get("/archive/iria-news-1/").status_code == 200
    assert "/archive/iria-news-1/" not in client.get("/archive/").content.decode()


@pytest.mark.parametrize("status", ["draft", "queued", "cancelled"])
def test_what_did_not_go_out_is_not_in_the_archive(client: Client, status: str) -> None:
    make_edition(status=status)
    assert client.get("/archive/iria-news-1/").status_code == 404
    assert "We haven’t sent any editions yet." in str(client.get("/archive/").content, "utf-8")


@pytest.mark.parametrize("status", ["sending", "paused", "sent"])
def test_what_began_to_go_out_is_in_the_archive(client: Client, status: str) -> None:
    make_edition(status=status)
    assert client.get("/archive/iria-news-1/").status_code == 200
    html = str(client.get("/archive/").content, "utf-8")
    assert 'href="/archive/iria-news-1/"' in html
    assert "Who may pass?" in html
    assert "And who may not" in html


def test_the_archive_takes_as_many_queries_for_many_editions_as_for_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_edition()
    with django_assert_max_num_queries(12) as few:
        assert client.get("/archive/").status_code == 200
    for number in range(2, 12):
        make_edition(number=number)
    with django_assert_max_num_queries(len(few)):
        assert client.get("/archive/").status_code == 200


def test_an_edition_leads_to_the_one_before_and_the_one_after(client: Client) -> None:
    for number, subject in ((1, "The first"), (2, "The second"), (3, "The third")):
        made = make_edition(number=number, subject=subject)
        Edition.objects.filter(pk=made.pk).update(queued_at=timezone.now() + timedelta(minutes=number))
    make_edition(number=4, status="draft")
    one, two, three = (f"/archive/iria-news-{number}/" for number in (1, 2, 3))
    pages = [str(client.get(path).content, "utf-8") for path in (one, two, three)]
    ways = [re.findall(r'href="(/archive/[^"]+)" rel="(prev|next)"', page) for page in pages]
    assert ways == [[(two, "next")], [(one, "prev"), (three, "next")], [(two, "prev")]]
    assert "The first" in str(client.get(two).content, "utf-8")


def test_an_edition_says_how_long_it_takes_to_read(client: Client) -> None:
    make_edition(blocks=blocks_of([ARTICLE, replace(ARTICLE, id=2, reading_minutes=7)]))
    html = str(client.get("/archive/iria-news-1/").content, "utf-8")
    assert "<span>2 articles</span><span>11 minute read</span>" in html
