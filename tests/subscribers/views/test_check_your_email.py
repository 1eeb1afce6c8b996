"""“Check your email” is made once for many: with the right address in each, and never with another's."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from lib import fragments
from lib.fragments import VERSION
from subscribers.models import MailingList
from subscribers.views import check_your_email
from tests.subscribers.conftest import hidden_fields

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "_of_a_version", {})
    monkeypatch.setattr(check_your_email, "_kept", {})


def of_version(version: str) -> dict[str, Any]:
    """What the door adds to a request."""
    return {VERSION: version}


def post(browser: Client, email: str, *, version: str = "1", path: str = "/subscribe/", **fields: str) -> str:
    answer = browser.post(path, {"email": email, **fields}, **of_version(version))
    assert answer.status_code == 200
    page: str = answer.content.decode()
    return page


@time_machine.travel(NOW, tick=False)
def test_what_is_kept_says_the_same_as_what_is_made_anew(browser: Client, iria_news: MailingList) -> None:
    kept = [post(browser, email, name="Ada & Co.") for email in ("ada@gmail.com", "o'brien&co@gmail.com")]
    made = [post(browser, email, version="", name="Ada & Co.") for email in ("ada@gmail.com", "o'brien&co@gmail.com")]
    assert kept == made
    assert "ada@gmail.com" in kept[0]
    assert "ada@gmail.com" not in kept[1]
    assert html.escape("o'brien&co@gmail.com") in kept[1]
    assert html.unescape(hidden_fields(kept[1])["email"]) == "o'brien&co@gmail.com"
    assert html.unescape(hidden_fields(kept[1])["name"]) == "Ada & Co."


@pytest.mark.parametrize("typed", ["\ue000@gmail.com", "\ue001<b>@gmail.com", "<script>\ue001@gmail.com"])
def test_nothing_typed_into_a_trap_becomes_a_part_of_the_page(
    browser: Client, iria_news: MailingList, typed: str
) -> None:
    for version in ("", "1", "1"):
        page = post(browser, typed, version=version, homepage="spam")
        assert page.count('name="email"') == page.count('value="' + html.escape(typed)) == 1
        assert "<b>@" not in page
        assert "<script>\ue001" not in page


def test_another_language_minute_version_or_turn_is_another_page(browser: Client, iria_news: MailingList) -> None:
    with time_machine.travel(NOW, tick=False):
        page = post(browser, "ada@gmail.com")
        assert "on 9 March 2026 at 09:00 UTC" in page
        assert 'lang="ar"' in post(browser, "ada@gmail.com", path="/ar/subscribe/")
        assert "another email" in post(browser, "ada@gmail.com", again="1")
        assert "another email" not in post(browser, "ada@gmail.com")
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert "at 09:01 UTC" in post(browser, "ada@gmail.com")


def test_a_list_that_is_offered_anew_is_there_with_the_next_version(browser: Client, iria_news: MailingList) -> None:
    post(browser, "ada@gmail.com", version="1")
    MailingList.objects.create(name="New", slug="new")
    assert browser.post("/subscribe/", {"email": "a@gmail.com", "lists": "new"}, **of_version("1")).status_code == 422
    post(browser, "ada@gmail.com", version="2", lists="new")
