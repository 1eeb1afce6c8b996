"""Standing pages: addresses that are free, and which page a reader of a language is shown."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.urls import clear_url_caches, path
from hypothesis import given
from hypothesis import strategies as st

from iria import urls
from newsletters.articles import pages
from newsletters.articles.pages import PageLink, imitates, is_taken, pages_for, published_pages, save_page
from newsletters.models import FormerPageAddress, Page
from tests.factories import make_page

db = pytest.mark.django_db


def link(kind: str, slug: str, language: str = "") -> PageLink:
    return PageLink(kind, slug.title(), slug, language, in_footer=True)


@db
def test_the_text_is_cleaned_and_the_address_made_of_the_title() -> None:
    page = make_page(title="Über Łódź &amp; uns", body='<p onclick="x">Text<script>alert(1)</script></p>')
    assert (page.slug, page.title, page.body) == ("uber-lodz-uns", "Über Łódź & uns", "<p>Text</p>")
    assert make_page(kind="other", title="…").slug == "other"


TAKEN = (
    "archive", "search", "subscribe", "admin", "inbox", "feed", "preferences", "ar", "en", "static", "media", "healthz",
    "robots.txt", "articles", "topics", "authors", "confirm", "unsubscribe", "pages",
)  # fmt: skip


@pytest.mark.parametrize("slug", TAKEN)
def test_an_address_of_the_program_is_taken(slug: str) -> None:
    assert is_taken(slug)


def test_a_new_page_of_the_program_takes_its_address_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_taken("about-iria")
    more = path("about-iria/<int:number>/", lambda request, number: HttpResponse())
    monkeypatch.setattr(urls, "urlpatterns", [more, *urls.urlpatterns])
    clear_url_caches()
    pages._first_parts.cache_clear()
    try:
        assert is_taken("about-iria")
    finally:
        monkeypatch.undo()
        clear_url_caches()
        pages._first_parts.cache_clear()


@pytest.mark.parametrize("slug", ["аdmin", "агсһіѵе", "adm1n", "ѕеагсһ", "about-uѕ", "prіvacy", "ａdmin"])
def test_an_address_that_looks_like_another_is_found(slug: str) -> None:
    assert imitates(slug)
    assert not is_taken(slug)


@pytest.mark.parametrize("slug", ["privacy", "datenschutz-2026", "الخصوصية", "приватность", "プライバシー", "archives"])
def test_an_honest_address_imitates_nothing(slug: str) -> None:
    assert not imitates(slug)


@pytest.mark.parametrize("slug", ["privacy", "imprint", "datenschutz", "الخصوصية", "archives", "arabic", "admins"])
def test_another_address_is_free(slug: str) -> None:
    assert not is_taken(slug)


@db
def test_a_changed_address_leads_on_and_a_new_page_may_take_it_back() -> None:
    page = make_page()
    page.slug = "data-protection"
    save_page(page)
    assert FormerPageAddress.objects.get(slug="privacy").page == page
    page.slug = "privacy"
    save_page(page)
    assert list(FormerPageAddress.objects.values_list("slug", flat=True)) == ["data-protection"]


@db
def test_a_draft_leaves_no_address_behind() -> None:
    page = make_page(status="draft")
    page.slug = "data-protection"
    save_page(page)
    assert not FormerPageAddress.objects.exists()


@db
@pytest.mark.either_database
def test_one_address_and_one_kind_a_language() -> None:
    make_page(slug="privacy", language="en")
    make_page(slug="privacy", language="ar")
    for kind, slug in (("other", "privacy"), ("privacy", "x")):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_page(kind=kind, slug=slug, language="ar")
    make_page(kind="other", title="One", language="ar")
    make_page(kind="other", title="Two", language="ar")


@db
def test_a_reader_gets_the_page_in_their_language_else_the_one_for_all_else_any() -> None:
    english, arabic, everybody = link("privacy", "p", "en"), link("privacy", "q", "ar"), link("privacy", "r")
    assert pages_for([english, arabic, everybody], "ar") == [arabic]
    assert pages_for([english, everybody], "ar") == [everybody]
    assert pages_for([english], "ar") == [english]
    assert english.path_in("ar") == "/p/" and everybody.path_in("ar") == "/ar/r/" and arabic.path_in("en") == "/ar/q/"


def test_another_page_in_another_language_is_not_shown() -> None:
    assert pages_for([link("other", "jobs", "en")], "ar") == []
    both = [link("other", "jobs", "en"), link("other", "jobs", "ar")]
    assert pages_for(both, "ar") == [both[1]]


@given(
    st.lists(
        st.builds(link, st.sampled_from(Page.Kind.values), st.sampled_from("abc"), st.sampled_from(["", "en", "ar"])),
        max_size=12, unique=True,
    )
)  # fmt: skip
def test_each_kind_is_shown_once_and_in_the_given_order(pages: list[PageLink]) -> None:
    shown = pages_for(pages, "ar")
    assert [page for page in pages if page in shown] == shown
    kinds = [page.kind for page in shown if page.kind != "other"]
    assert sorted(kinds) == sorted({page.kind for page in pages if page.kind != "other"})


@db
def test_published_pages_take_one_query_and_no_texts(django_assert_num_queries: object) -> None:
    make_page()
    make_page(kind="imprint", title="Imprint", status="draft")
    with django_assert_num_queries(1) as asked:  # type: ignore[operator]
        assert [page.title for page in published_pages()] == ["Privacy"]
    assert "body" not in asked.captured_queries[0]["sql"]
