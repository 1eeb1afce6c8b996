"""Beside the form: what one would get."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from subscribers import sample_editions
from subscribers.models import MailingList
from subscribers.sample_editions import SampleEdition

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_beside_the_form_stands_what_one_would_get(
    browser: Client, iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = SampleEdition(
        "Who may pass", "/archive/iria-news-7/", date(2026, 3, 2), "en", "news@iria.example", "/media/a.jpg",
        ("Two straits", "A shore"), "every weekday",
    )  # fmt: skip
    monkeypatch.setattr(sample_editions, "_sources", [lambda lists: {iria_news.pk: sample}])
    for path in ("/subscribe/", "/ar/subscribe/"):
        aside = browser.get(path).content.decode().partition('class="newest"')[2].partition("</aside>")[0]
        assert "Who may pass" in aside
        assert 'src="/media/a.jpg"' in aside
        assert aside.index("Two straits") < aside.index("A shore") < aside.index("Every weekday")
    assert "Latest edition:" not in browser.get("/subscribe/").content.decode()  # said once


def test_the_form_for_other_sites_is_the_staffs_matter(browser: Client, iria_news: MailingList) -> None:
    assert "/subscribe/embed/" not in browser.get("/subscribe/").content.decode()
