"""The institute's own pages as readers meet them: at their address, in the footer, by the form, in the sitemap."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from lib.public_pages import KEPT
from newsletters.models import Institute, Page
from tests.factories import make_list, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def institute() -> Institute:
    return Institute.objects.create(name="IRIA")


def test_a_page_is_at_the_root_and_kept(client: Client) -> None:
    page = make_page()
    answer = client.get("/privacy/")
    assert answer.status_code == 200
    assert b"<p>What we store, and for how long.</p>" in answer.content
    assert KEPT in answer and "Last-Modified" in answer
    Page.objects.filter(pk=page.pk).update(status="draft")
    assert client.get("/privacy/").status_code == 404


def test_its_date_is_the_later_of_its_own_and_the_institutes(client: Client) -> None:
    make_page()
    moment = datetime(2040, 3, 4, 5, 6, 7, tzinfo=UTC)
    Page.objects.update(updated_at=moment)
    assert client.get("/privacy/")["Last-Modified"] == "Sun, 04 Mar 2040 05:06:07 GMT"


def test_in_each_language_its_own(client: Client) -> None:
    make_page(slug="privacy", language="en", body="<p>English words</p>")
    make_page(slug="khususiya", title="الخصوصية", language="ar", body="<p>كلمات</p>")
    assert "English words" in client.get("/privacy/").content.decode()
    arabic = client.get("/ar/khususiya/").content.decode()
    assert "كلمات" in arabic and 'hreflang="en" href="https://news.iria.example/privacy/"' in arabic
    # What the choice of a language in the footer leads to.
    assert client.get("/ar/privacy/")["Location"] == "/ar/khususiya/"
    assert client.get("/khususiya/")["Location"] == "/privacy/"


def test_a_page_for_every_language_says_in_which_its_words_are(client: Client) -> None:
    make_page()
    assert '<div class="prose" lang="en" dir="ltr">' in client.get("/ar/privacy/").content.decode()


def test_a_page_in_one_language_alone_leads_there_from_others(client: Client) -> None:
    make_page(language="en")
    assert client.get("/ar/privacy/")["Location"] == "/privacy/"
    assert 'hreflang="ar" href' not in client.get("/privacy/").content.decode().partition("</head>")[0]


def test_a_changed_address_redirects_for_good(client: Client) -> None:
    page = make_page()
    page.slug = "حماية"
    from newsletters.articles.pages import save_page

    save_page(page)
    answer = client.get("/privacy/")
    assert (answer.status_code, answer["Location"]) == (301, f"/{quote('حماية')}/")
    assert client.get(answer["Location"]).status_code == 200
    assert client.get("/ar/privacy/")["Location"] == f"/ar/{quote('حماية')}/"
    Page.objects.update(status="draft")
    assert client.get("/privacy/").status_code == 404


def test_the_last_slash_may_be_left_out_but_nobody_is_sent_around(client: Client) -> None:
    make_page()
    answer = client.get("/privacy")
    assert (answer.status_code, answer["Location"]) == (301, "/privacy/")
    assert client.get("/ar/privacy")["Location"] == "/ar/privacy/"
    assert client.get("/wp-login").status_code == 404
    assert client.get("/archive")["Location"] == "/archive/"


def test_every_page_of_the_program_goes_first(client: Client) -> None:
    """Even where the database has such an address, written past our forms."""
    Page.objects.create(kind="other", title="Mine", slug="archive", body="<p>Mine</p>", status="published")
    assert b"<p>Mine</p>" not in client.get("/archive/").content


def test_the_footer_links_what_is_published_in_order(client: Client) -> None:
    make_page(kind="other", title="Jobs <b>", slug="jobs")
    Page.objects.update(position=20)
    make_page()
    make_page(kind="imprint", title="Imprint", status="draft")
    make_page(kind="other", title="Hidden", slug="hidden", in_footer=False)
    for start in ("", "/ar"):
        footer = client.get(f"{start}/archive/").content.decode().partition('<footer class="colophon">')[2]
        assert footer.index(f'href="{start}/privacy/"') < footer.index(f'href="{start}/jobs/"')
        assert "Jobs &lt;b&gt;" in footer and "Imprint" not in footer and "Hidden" not in footer


def test_the_forms_link_the_privacy_notice(client: Client) -> None:
    make_list()
    for path in ("/", "/subscribe/", "/subscribe/embed/"):
        assert "/privacy/" not in client.get(path).content.decode()
    make_page(in_footer=False)
    for path in ("/", "/subscribe/"):
        assert 'href="/privacy/"' in client.get(path).content.decode()
    assert "https://news.iria.example/privacy/" in client.get("/subscribe/embed/").content.decode()


def test_the_sitemap_has_it_with_its_date(client: Client) -> None:
    make_page()
    make_page(kind="imprint", title="Imprint", status="draft")
    Page.objects.update(updated_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    said = client.get("/sitemap-pages.xml").content.decode()
    assert "<loc>https://news.iria.example/privacy/</loc>" in said and "2026-03-04T05:06:07Z" in said
    assert "imprint" not in said


def test_a_draft_is_shown_to_staff_alone(client: Client) -> None:
    page = make_page(status="draft")
    path = f"/pages/{page.pk}/preview/"
    assert client.get(path)["Location"].startswith("/admin/login/")
    client.force_login(User.objects.create_user("reader"))
    assert client.get(path).status_code == 404
    client.force_login(User.objects.create_superuser("owner"))
    answer = client.get(path)
    assert b"What we store" in answer.content and answer["X-Robots-Tag"] == "noindex" and KEPT not in answer
