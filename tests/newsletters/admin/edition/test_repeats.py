"""On the pages: repeats are confirmed apart, now and for later; a copy leaves out what readers have had."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Article, Edition, Newsletter
from tests.factories import make_article, make_edition
from tests.newsletters.admin.edition.conftest import at, status_of, words
from tests.newsletters.editions.test_repeats import repeats_of, sent

pytestmark = pytest.mark.django_db
CHECKBOX = 'type="checkbox" id="id_repeats"'


@pytest.fixture
def articles() -> list[Article]:
    return [make_article(title="Alpha"), make_article(title="Beta")]


@pytest.fixture
def before(newsletter: Newsletter, articles: list[Article]) -> Edition:
    return sent(newsletter, articles)


@pytest.fixture
def again(newsletter: Newsletter, before: Edition, articles: list[Article]) -> Edition:
    return make_edition(newsletter, articles=[*articles, make_article(title="Gamma")], subject="News of the week")


def press(client: Client, edition: Edition, **more: Any) -> Any:
    return client.post(at(edition, "send/"), {"revision": edition.revision, "when": "current", **more})


def tomorrow() -> str:
    return f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"


def test_without_repeats_there_is_no_question(publisher: Client, edition: Edition) -> None:
    assert CHECKBOX not in words(edition, publisher, "send/")


def test_both_steps_ask(publisher: Client, before: Edition, again: Edition) -> None:
    said = f"2 of 3 articles went to these readers in edition {before.number}."
    now = words(again, publisher, "send/")
    later = press(publisher, again, when="at", at=tomorrow()).content.decode()
    for page in (now, later):
        assert page.count(said) == 1
        assert page.count(CHECKBOX) == 1
    assert said in words(again, publisher)  # beside the draft, as a warning


@pytest.mark.parametrize("more", [{}, {"when": "at", "confirmed": "1"}])
def test_a_press_without_the_confirmation_changes_nothing(
    publisher: Client, again: Edition, more: dict[str, str]
) -> None:
    answer = press(publisher, again, at=tomorrow(), **more)
    assert answer.status_code == 422
    assert "Confirm that these readers get the articles again" in answer.content.decode()
    assert CHECKBOX in answer.content.decode()
    assert status_of(again) == "draft"


@pytest.mark.parametrize("more", [{}, {"when": "at", "confirmed": "1"}])
def test_confirmed_it_goes(publisher: Client, again: Edition, more: dict[str, str]) -> None:
    press(publisher, again, at=tomorrow(), repeats=repeats_of(again).token, **more)
    assert status_of(again) == "queued"


def test_a_confirmation_of_something_else_is_asked_anew(
    publisher: Client, newsletter: Newsletter, again: Edition
) -> None:
    token = repeats_of(again).token
    sent(newsletter, [again.items.last().article])  # type: ignore[union-attr, list-item]
    answer = press(publisher, again, repeats=token)
    assert answer.status_code == 422
    assert "What these readers have had has changed" in answer.content.decode()
    assert status_of(again) == "draft"


def titles(edition: Edition) -> list[str]:
    return [item.article.title for item in edition.items.select_related("article") if item.article]


def test_a_copy_leaves_out_what_readers_have_had(publisher: Client, before: Edition) -> None:
    answer = publisher.post(at(before, "copy/"), follow=True)
    copy = Edition.objects.latest("pk")
    assert copy != before
    assert titles(copy) == []
    assert "2 articles were left out because its readers have had them." in answer.content.decode()


def test_a_copy_has_them_where_they_are_asked_for(publisher: Client, before: Edition) -> None:
    assert 'name="with_sent"' in words(before, publisher)
    publisher.post(at(before, "copy/"), {"with_sent": "1"})
    assert titles(Edition.objects.latest("pk")) == ["Alpha", "Beta"]


def test_a_copy_of_what_nobody_got_is_whole(publisher: Client, newsletter: Newsletter, articles: list[Article]) -> None:
    cancelled = sent(newsletter, articles, None)
    assert 'name="with_sent"' not in words(cancelled, publisher)
    publisher.post(at(cancelled, "copy/"))
    assert titles(Edition.objects.latest("pk")) == ["Alpha", "Beta"]
