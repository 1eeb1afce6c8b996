"""What the publisher asks beyond the address, on the preferences page: shown and taken as each attribute allows."""

from __future__ import annotations

import pytest
from django.test import Client

from subscribers import links
from subscribers.models import Attribute, ConsentRecord, MailingList, Subscriber
from tests.factories import make_reader
from tests.subscribers.conftest import path_of


@pytest.fixture
def ada(iria_news: MailingList) -> Subscriber:
    for key, kind, readers_may in (
        ("city", "text", "write"), ("age", "number", "write"), ("press", "yes_no", "write"),
        ("rank", "choice", "write"),
        ("grade", "text", "see"), ("secret", "text", "nothing"),
    ):  # fmt: skip
        Attribute.objects.create(
            key=key, name=key.title(), kind=kind, readers_may=readers_may, choices=["high", "low"] * (kind == "choice")
        )
    person = make_reader(iria_news, email="ada@example.org")
    person.attributes = {"city": "Bonn", "grade": "A1", "secret": "hush-hush"}
    person.save()
    return person


@pytest.fixture
def page(ada: Subscriber) -> str:
    return path_of(links.preferences_url(ada.pk))


def test_a_reader_sees_what_they_may_see_and_no_more(browser: Client, page: str) -> None:
    shown = browser.get(page).content.decode()
    assert 'name="attribute-city" value="Bonn"' in shown
    assert "A1" in shown
    assert "attribute-grade" not in shown
    assert "hush-hush" not in shown


def test_what_a_reader_may_write_is_taken_and_nothing_else(browser: Client, page: str, ada: Subscriber) -> None:
    posted = {"city": "Rome", "age": "41", "press": "yes", "rank": "low", "grade": "Z9", "secret": "known"}
    browser.post(page, {f"attribute-{key}": value for key, value in posted.items()})
    ada.refresh_from_db()
    assert ada.attributes == {
        "city": "Rome", "age": 41, "press": True, "rank": "low", "grade": "A1", "secret": "hush-hush",
    }  # fmt: skip
    assert ConsentRecord.objects.get().detail == "attributes: age, city, press, rank"
    browser.post(page, {"attribute-city": ""})
    ada.refresh_from_db()
    assert "city" not in ada.attributes


@pytest.mark.parametrize(
    ("key", "typed"), [("age", "old"), ("press", "perhaps"), ("rank", "middle"), ("city", "x" * 5000)]
)
def test_what_is_no_value_is_said_and_nothing_is_saved(
    browser: Client, page: str, ada: Subscriber, key: str, typed: str
) -> None:
    answer = browser.post(page, {f"attribute-{key}": typed, "attribute-city" if key != "city" else "x": "Rome"})
    assert answer.status_code == 422
    assert key.title() in answer.content.decode()
    ada.refresh_from_db()
    assert ada.attributes["city"] == "Bonn"
