"""The public pages: what they show, whom they hide, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as installed
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.articles.comments import THREADS_A_PAGE
from newsletters.articles.pictures import picture_path
from newsletters.models import Article, Institute
from tests.factories import make_article, make_comment, make_list, make_topic
from tests.images import stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


class Page(HTMLParser):
    """What a page fetches, links to and says."""

    FETCHING = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = {name: value or "" for name, value in attrs}
        if tag == "script":
            self.scripts.append((values.get("type", ""), values.get("src", "")))
        for name, value in values.items():
            if (tag, name) in self.FETCHING and values.get("rel") != "canonical" and "hreflang" not in values:
                self.fetched.append(value)
            if name == "srcset":
                self.fetched += [part.split()[0] for part in value.split(",")]
            if tag == "a" and name == "href":
                self.links.append(value)
            if name == "id":
                self.ids.append(value)


def get(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.content, "utf-8")


def furnish() -> Article:
    """An institute with everything on its pages."""
    Institute.objects.create(
        name="IRIA", tagline="Insights", description="We study <peace>.", contact_email="editor@iria.example",
        copyright_line="© IRIA",
    )  # fmt: skip
    us, sea = make_topic(name="US"), make_topic(name="Maritime Security")
    make_list(name="IRIA News", topics=[us, sea])
    now = timezone.now()
    for days in range(3, 13):
        make_article(
            topics=[us, sea], author="IRIA Desk", lead_picture=stored_picture(), published_at=now - timedelta(days=days)
        )
    inside = stored_picture(700, alt="A strait", caption="The strait", credit="IRIA illustration")
    article = make_article(
        title="Who may pass?",
        slug="who-may-pass",
        body=f'<h2>First</h2><p>Text.</p><figure><img src="{picture_path(inside, 640)}"></figure>',
        topics=[us, sea],
        author="IRIA Europe Desk",
        lead_picture=stored_picture(900, alt="A ship", caption="A ship at sea", credit="Navy <photo>"),
        published_at=datetime(2024, 10, 9, 9, tzinfo=UTC),
    )
    Article.objects.filter(pk=article.pk).update(reading_minutes=4)
    return article


def test_an_article_page_shows_everything_about_it(client: Client) -> None:
    furnish()
    html = get(client, "/articles/who-may-pass/")
    assert "<title>Who may pass? – IRIA</title>" in html
    assert "IRIA Europe Desk" in html
    assert "9 October 2024" in html
    assert "4 minute read" in html
    assert "A ship at sea" in html
    assert "(Image credit: Navy &lt;photo&gt;)" in html
    assert "(Image credit: IRIA illustration)" in html
    assert "<h2>First</h2>" in html
    assert "Next article" in html
    assert "Related articles" in html
    assert "Back to top" in html
    assert 'href="/topics/us/"' in html
    assert f'<link rel="canonical" href="{installed.SITE_URL}/articles/who-may-pass/">' in html
    assert "We study &lt;peace&gt;." in html
    assert 'href="mailto:editor@iria.example"' in html
    assert "© IRIA" in html


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/articles/who-may-pass/",
        "/topics/us/",
        "/authors/iria-europe-desk/",
        "/archive/",
        "/subscribe/",
        "/there-is-nothing-here/",
    ],
)
def test_every_page_has_one_headline_a_sign_up_form_and_fetches_from_us_alone(client: Client, path: str) -> None:
    furnish()
    html = get(client, path, 404 if path.startswith("/there") else 200)
    page = Page(html)
    assert page.tags.count("h1") == 1
    assert page.tags.count("main") == 1
    assert "form" in page.tags
    assert all(address.startswith("/") and not address.startswith("//") for address in page.fetched)
    assert all(kind == "application/ld+json" or source.startswith("/static/") for kind, source in page.scripts)
    assert " style=" not in html
    assert len(page.ids) == len(set(page.ids))
    assert 'lang="en"' in html
    assert 'href="#content"' in html


def test_every_link_of_the_front_page_leads_somewhere(client: Client) -> None:
    furnish()
    for link in set(Page(get(client, "/")).links):
        if not link.startswith(("#", "mailto:")):
            assert client.get(link).status_code == 200, link


EVERY_PAGE = [
    "/", "/articles/who-may-pass/", "/articles/who-may-pass/comments/", "/articles/who-may-pass/comment/",
    "/articles/who-may-pass/comment/held/", "/topics/us/", "/authors/iria-desk/", "/archive/", "/search/?q=text",
    "/search/?q=zeppelin", "/subscribe/", "/there-is-nothing-here/", "/ar/articles/who-may-pass/",
]  # fmt: skip


def test_every_page_without_its_pictures_is_small(client: Client) -> None:
    """100 KB as it is stored, before any compression: the page, its style and its script."""
    article = furnish()
    for number in range(THREADS_A_PAGE):
        make_comment(article, text=f"{number} " * 150)
    for path in EVERY_PAGE:
        html = get(client, path, 404 if path.startswith("/there") else 200)
        files = [link for link in Page(html).fetched if link.startswith("/static/site/") and "favicon" not in link]
        assert "/static/site/site.css" in files
        weight = len(html.encode()) + sum(
            (Path(installed.BASE_DIR) / "newsletters" / file.lstrip("/")).stat().st_size for file in files
        )
        assert weight < 100_000, path


def test_an_empty_institute_has_a_front_page_that_says_so(client: Client) -> None:
    html = get(client, "/")
    assert "Nothing has been published here yet." in html


@pytest.mark.parametrize("hidden", ["draft", "future"])
def test_drafts_and_articles_of_tomorrow_are_nowhere_to_be_seen(client: Client, hidden: str) -> None:
    topic = make_topic(name="US")
    make_article(title="Seen", slug="seen", topics=[topic])
    make_article(
        title="Hidden away",
        slug="hidden-away",
        topics=[topic],
        status="draft" if hidden == "draft" else "published",
        published_at=timezone.now() + timedelta(days=1) if hidden == "future" else None,
    )
    get(client, "/articles/hidden-away/", 404)
    for path in (
        "/",
        "/topics/us/",
        "/articles/seen/",
        "/feed/",
        "/feed/atom/",
        "/topics/us/feed/",
        "/sitemap-articles-0.xml",
    ):
        assert "Hidden away" not in get(client, path)


def test_a_topic_that_only_drafts_are_filed_under_is_not_in_the_navigation(client: Client) -> None:
    make_article(topics=[make_topic(name="Secret plans")], status="draft")
    assert "Secret plans" not in get(client, "/")
    assert "There are no articles on Secret plans yet." in get(client, "/topics/secret-plans/")


def test_topics_are_paged_and_a_page_beyond_the_last_is_not_found(client: Client) -> None:
    topic = make_topic(name="US")
    for number in range(13):
        make_article(title=f"Number {number:02}", topics=[topic], published_at=timezone.now() - timedelta(days=number))
    first, second = get(client, "/topics/us/"), get(client, "/topics/us/?page=2")
    assert "Number 11" in first
    assert "Number 12" not in first
    assert "Number 12" in second
    assert "Page 2 of 2" in second
    for page in ("3", "0", "-1", "x"):
        get(client, f"/topics/us/?page={page}", 404)


@pytest.mark.parametrize("path", ["/articles/nix/", "/topics/nix/", "/archive/nix/", "/articles/'--/", "/media/x"])
def test_what_does_not_exist_is_a_page_that_helps(client: Client, path: str) -> None:
    html = get(client, path, 404)
    assert "We can’t find this page" in html
    assert 'href="/archive/"' in html


def test_public_pages_take_no_posts(client: Client) -> None:
    furnish()
    for path in ("/", "/articles/who-may-pass/", "/topics/us/", "/archive/", "/feed/", "/robots.txt", "/sitemap.xml"):
        assert client.post(path).status_code == 405


def test_words_of_editors_are_escaped_everywhere(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    topic = make_topic(name=f"T{evil}", slug="t")
    Institute.objects.create(name=f"I{evil}", description=evil, tagline=evil, copyright_line=evil)
    make_article(title=f"A{evil}", slug="a", summary=evil, topics=[topic], author=f"By{evil}")
    for path in ("/", "/articles/a/", "/topics/t/", "/authors/byscriptalert1script/", "/archive/"):
        html = get(client, path)
        assert "<script>" not in html
        assert "alert(1)</script>" not in html
        assert "&lt;script&gt;" in html


def test_an_article_page_takes_at_most_twelve_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    article = furnish()
    for number in (1, 9):
        for _ in range(number):
            make_comment(article, parent=make_comment(article))
            make_article(topics=article.topics.all(), lead_picture=stored_picture())
        with django_assert_max_num_queries(12):
            get(client, "/articles/who-may-pass/")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/topics/us/",
        "/authors/iria-europe-desk/",
        "/articles/who-may-pass/",
        "/feed/",
        "/sitemap.xml",
        "/sitemap-pages.xml",
    ],
)
def test_more_articles_do_not_take_more_queries(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    article = furnish()
    with django_assert_max_num_queries(12) as few:
        get(client, path)
    for number in range(15):
        more = make_article(
            topics=[*article.topics.all(), make_topic()], author=f"Desk {number}", lead_picture=stored_picture()
        )
        more.articleauthor_set.create(author=article.authors.get())
    with django_assert_max_num_queries(len(few)):
        get(client, path)


def test_the_database_refuses_a_second_institute() -> None:
    Institute.objects.create(name="One")
    with pytest.raises(IntegrityError), transaction.atomic():
        Institute(id=2, name="Two").save()
    assert Institute.current().name == "One"


def test_the_page_of_a_fault_needs_neither_database_nor_settings(client: Client) -> None:
    html = (Path(installed.BASE_DIR) / "templates/500.html").read_text()
    assert "{%" not in html
    assert "{{" not in html
    assert not Page(html).fetched
