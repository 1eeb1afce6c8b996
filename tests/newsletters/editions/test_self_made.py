"""What an edition that makes itself holds: its lead, its sections, and what looks back at earlier editions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from newsletters.articles.writing import clean_body
from newsletters.editions import composing
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Article, CountedLink, Edition, Newsletter, Occurrence
from newsletters.rendering.mail import for_anybody
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic, start

pytestmark = pytest.mark.django_db
MOST_READ, MISSED = "Most read since last time", "In case you missed it"


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list, tracking=Newsletter.Tracking.ANONYMOUS)


def sent(newsletter: Newsletter, clicks: dict[Article, int], *, days: int, recipients: int = 100) -> Edition:
    """An edition that began so many days ago, and what people clicked in it."""
    edition = start(make_edition(newsletter, articles=clicks))
    at = timezone.now() - timedelta(days=days)
    Edition.objects.filter(pk=edition.pk).update(frozen_at=at, candidates=recipients, set_aside=0)
    for article, people in clicks.items():
        assert CountedLink.objects.filter(edition=edition, article=article).update(people=people) == 1
    return edition


def named(*titles: str) -> list[Article]:
    return [make_article(title=title) for title in titles]


def said(edition: Edition) -> list[str]:
    return [item.article.title if item.article else item.headline or item.html for item in edition.items.all()]


def linked(edition: Edition, heading: str) -> list[str]:
    """The headlines in the list below this heading."""
    rows = said(edition)
    if heading not in rows:
        return []
    html = rows[rows.index(heading) + 1]
    assert clean_body(html) == html
    return [piece.rpartition(">")[2] for piece in html.split("</a>")[:-1]]


# --- The lead -------------------------------------------------------------------------------------------------------
def test_the_most_read_new_article_leads(newsletter: Newsletter) -> None:
    """Read in another newsletter; the rest stays in its order, and the maximum holds."""
    third, second, first = named("Third", "Second", "First")
    sent(make_newsletter(newsletter.mailing_list, tracking="anonymous"), {third: 3, second: 0}, days=1)
    newsletter.at_most = 2
    assert said(composing.compose(newsletter, articles=[first])) == ["First"]
    Edition.objects.filter(newsletter=newsletter).delete()
    newsletter.lead_rule = Newsletter.LeadRule.MOST_READ
    assert said(composing.compose(newsletter)) == ["Third", "First"]


def test_where_nobody_clicked_the_newest_leads(newsletter: Newsletter) -> None:
    named("Old", "New")
    newsletter.lead_rule = Newsletter.LeadRule.MOST_READ
    assert said(composing.compose(newsletter)) == ["New", "Old"]


def test_a_pinned_article_leads_one_edition(newsletter: Newsletter) -> None:
    pinned, _other = named("Pinned", "Newest")
    newsletter.pinned_article = pinned
    newsletter.at_most = 1
    assert said(composing.compose(newsletter)) == ["Pinned"]
    assert said(composing.compose(newsletter)) == ["Newest"]


def test_the_preheader_is_the_summary_of_the_lead_that_each_reader_gets(newsletter: Newsletter) -> None:
    ships, trains = make_topic(name="Ships"), make_topic(name="Trains")
    make_article(title="Rail", summary="", topics=[trains])
    make_article(title="Sea", summary="Of the sea {{ x }}.", topics=[ships])
    content = LoadedEdition(composing.compose(newsletter)).content
    assert for_anybody(content, content.preheader) == "Of the sea {{ x }}."
    make_article(title="Rails", topics=[trains])
    lead_has_none = [article for article in content.articles if article.headline == "Rail"]
    assert for_anybody(content, content.preheader, [*lead_has_none, content.articles[0]]) == "Sea"


# --- Sections -------------------------------------------------------------------------------------------------------
def test_articles_stand_under_their_first_topic_in_the_order_of_the_topics(newsletter: Newsletter) -> None:
    newsletter.by_topic = True
    ships, trains = make_topic(name="{{ Ships }}"), make_topic(name="Trains")
    trains.position, ships.position = 1, 2
    for topic in (ships, trains):
        topic.save()
    make_article(title="None")
    make_article(title="Both", topics=[ships, trains])
    make_article(title="Sea", topics=[ships])
    make_article(title="Lead", topics=[trains])
    edition = composing.compose(newsletter)
    assert [row.strip() for row in said(edition)] == ["Lead", "None", "Trains", "Both", "Ships", "Sea"]


def test_one_topic_needs_no_heading_and_others_than_the_newsletters_have_none(newsletter: Newsletter) -> None:
    newsletter.by_topic = True
    ships, trains = make_topic(name="A-ships"), make_topic(name="B-trains")
    newsletter.topics.set([trains])
    for title in ("One", "Two", "Three"):
        make_article(title=title, topics=[ships, trains])
    assert said(composing.compose(newsletter)) == ["Three", "Two", "One"]


# --- Looking back ---------------------------------------------------------------------------------------------------
def test_most_read_are_the_three_of_the_last_edition(newsletter: Newsletter) -> None:
    newsletter.with_most_read = True
    one, two, three, four, none, older = named("<One>", "Two", "Three", "Four", "None", "Older")
    sent(newsletter, {older: 99}, days=14)
    sent(newsletter, {one: 9, two: 1, three: 3, four: 4, none: 0}, days=7)
    named("New")
    edition = composing.compose(newsletter)
    assert said(edition)[:2] == ["New", MOST_READ]
    assert linked(edition, MOST_READ) == ["&lt;One&gt;", "Four", "Three"]


def test_an_edition_that_looks_back_repeats_nothing_and_counts_its_links_for_the_articles(
    newsletter: Newsletter,
) -> None:
    newsletter.with_most_read = True
    (one,) = named("One")
    one.original_url = "https://elsewhere.example/one"
    one.save()
    sent(newsletter, {one: 9}, days=7)
    (new,) = named("New")
    edition = composing.compose(newsletter)
    loaded = LoadedEdition(edition)
    assert [article.id for article in loaded.content.articles] == [new.pk]
    assert not loaded.repeats
    assert one.original_url in loaded.mail.text
    assert set(start(edition).links.values_list("url", "article")) >= {(one.original_url, one.pk)}


def test_missed_is_what_fewer_clicked_than_the_average_and_only_once(newsletter: Newsletter) -> None:
    newsletter.with_most_read = newsletter.with_missed = True
    fresh, large, small, liked, old = named("Fresh", "Large", "Small", "Liked", "Old")
    sent(newsletter, {old: 0}, days=31)
    sent(newsletter, {large: 20}, days=9, recipients=1000)
    sent(newsletter, {small: 10, liked: 90}, days=5)
    sent(newsletter, {fresh: 1}, days=1)
    named("New")
    edition = composing.compose(newsletter)
    assert (linked(edition, MOST_READ), linked(edition, MISSED)) == (["Fresh"], ["Large", "Small"])
    again = start(edition)
    assert set(again.links.filter(article__isnull=False).values_list("article__title", flat=True)) == {
        "New", "Fresh", "Large", "Small",
    }  # fmt: skip
    named("Newer")
    assert linked(composing.compose(newsletter), MISSED) == []


def test_nothing_is_said_of_what_nobody_counted_or_may_see(newsletter: Newsletter) -> None:
    newsletter.with_most_read = newsletter.with_missed = True
    hidden, shown = named("Hidden", "Shown")
    Newsletter.objects.update(tracking=Newsletter.Tracking.OFF)
    newsletter.refresh_from_db(fields=["tracking"])
    start(make_edition(newsletter, articles=[shown]))
    Newsletter.objects.update(tracking=Newsletter.Tracking.ANONYMOUS)
    newsletter.refresh_from_db(fields=["tracking"])
    assert said(composing.compose(newsletter, articles=None)) == ["Hidden"]
    Edition.objects.filter(status=Edition.Status.DRAFT).delete()
    sent(newsletter, {hidden: 5}, days=3)
    Article.objects.filter(pk=hidden.pk).update(status=Article.Status.DRAFT)
    assert said(composing.compose(newsletter)) == []


def test_the_lists_are_in_the_language_of_the_newsletter_and_stand_behind_the_templates_blocks(
    newsletter: Newsletter,
) -> None:
    newsletter.with_most_read, newsletter.language = True, "ar"
    newsletter.save()
    (one,) = named("One")
    sent(newsletter, {one: 9}, days=7)
    newsletter.templates.create(
        name="Usual", is_usual=True, articles_at=0,
        draft={"subject": "", "preheader": "", "introduction": "", "blocks": [{"kind": "text", "html": "<p>Bye</p>"}]},
    )  # fmt: skip
    named("New")
    due = Occurrence.objects.create(newsletter=newsletter, nominal="2026-01-01T08:00", due_at=timezone.now())
    rows = said(composing.compose(newsletter, occurrence=due))
    assert rows[:2] == ["New", "<p>Bye</p>"]
    assert rows[2] == "الأكثر قراءة منذ العدد السابق"
    assert f'href="{settings.SITE_URL}/ar/articles/' in rows[3]
