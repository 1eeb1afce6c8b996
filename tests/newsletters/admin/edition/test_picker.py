"""The search for articles beside a draft: found, added, and nothing that was typed is lost meanwhile."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from newsletters.models import Article, Edition
from tests.factories import begin, make_article, make_edition, make_newsletter, make_reader, make_topic, queue
from tests.newsletters.admin.edition.test_composing import page_of, shown_order, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def articles() -> list[Article]:
    return [make_article(title=title) for title in ("Alpha", "Beta", "Gamma")]


@pytest.fixture
def edition(articles: list[Article]) -> Edition:
    return make_edition(articles=articles, subject="Three letters")


def test_articles_are_found_by_words_topic_and_date_and_added(editor: Client, edition: Edition) -> None:
    water = make_topic(name="Water")
    delta = make_article(title="Delta of the river", topics=[water])
    make_article(title="Epsilon of the river")
    search = {"q": "river", "topic": water.pk, "since": "2020-01-01", "only_new": "on"}
    page = editor.post(page_of(edition), typed(edition, _search="1", **search)).content.decode()
    assert "Delta of the river" in page
    assert "Epsilon of the river" not in page
    assert 'value="Typed subject"' in page
    page = editor.post(page_of(edition), typed(edition, _add="1", add=[delta.pk], **search)).content.decode()
    assert shown_order(page) == ["Alpha", "Beta", "Gamma", "Delta of the river"]
    late = {**search, "since": "2099-01-01"}
    page = editor.post(page_of(edition), typed(edition, _search="1", **late)).content.decode()
    assert "No other published articles match" in page


def test_enter_in_the_search_without_a_script_saves_and_finds(editor: Client, edition: Edition) -> None:
    make_article(title="Delta of the river")
    first = re.search(
        r"<button[^>]*(?:form=.edition-form|name=._)[^>]*>", editor.get(page_of(edition)).content.decode()
    )
    assert first
    assert 'name="_save"' in first[0]
    answer = editor.post(page_of(edition), typed(edition, _save="1", q="Delta & river", only_new="on", add=[]))
    assert answer.url == f"{page_of(edition)}?q=Delta+%26+river&only_new=on#picker"  # type: ignore[attr-defined]
    saved = editor.get(f"{page_of(edition)}?q=Delta").content.decode()
    assert 'value="Typed subject"' in saved
    assert "Delta of the river" in saved
    nothing_asked = editor.post(page_of(edition), typed(Edition.objects.get(), _save="1", q="", only_new="on"))
    assert nothing_asked.url == page_of(edition)  # type: ignore[attr-defined]


def test_an_article_of_an_earlier_edition_says_so(editor: Client, articles: list[Article]) -> None:
    newsletter = make_newsletter()
    make_reader(newsletter.mailing_list)
    first = make_edition(newsletter, articles=[articles[0]])
    second = make_edition(newsletter, articles=[articles[1]])
    form = typed(second, _search="1", q="Alpha")
    page = editor.post(page_of(second), form).content.decode()
    assert "already in another draft" in page
    queue(first)
    assert "already in an edition that is waiting to be sent" in editor.post(page_of(second), form).content.decode()
    begin(first, candidates=1)
    assert "already in edition 1" in editor.post(page_of(second), form).content.decode()
    page = editor.post(page_of(second), form | {"only_new": "on"}).content.decode()
    assert "already in edition 1" not in page


def test_a_search_that_hides_every_match_says_why_and_shows_them(editor: Client, articles: list[Article]) -> None:
    newsletter = make_newsletter()
    make_edition(newsletter, articles=articles)
    copy = make_edition(newsletter, articles=[], subject="Three letters")
    page = editor.get(page_of(copy)).content.decode()
    assert "No new articles match. Others do, but they’re in another edition of this newsletter already." in page
    button = re.search(r'<button[^>]* name="(_search)" value="(\w+)">Show them<', page)
    assert button
    form = typed(copy, q="", only_new="on") | {button[1]: button[2]}
    page = editor.post(page_of(copy), form).content.decode()
    assert page.count('name="add"') == len(articles)
    assert not re.search(r'<input[^>]*name="only_new"[^>]* checked', page)
    assert "No new articles match" not in page
    page = editor.post(page_of(copy), typed(copy, q="Nowhere", only_new="on", _search="1")).content.decode()
    assert "No other published articles match" in page, "there is nothing to show"
    assert "Show them" not in page


def test_articles_that_are_not_on_the_topics_of_the_newsletter_are_named_as_hidden(editor: Client) -> None:
    newsletter = make_newsletter()
    newsletter.topics.add(make_topic(name="Water"))
    make_article(title="On land")
    page = editor.get(page_of(make_edition(newsletter, articles=[]))).content.decode()
    assert "or not on its topics" in page
