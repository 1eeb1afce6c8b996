"""Mailboxes that are thrown away: refused where an installation says so, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from subscribers.models import MailingList, Subscriber
from subscribers.signup.disposable_domains import is_disposable


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("a@mailinator.com", True),
        ("a@inbox.mailinator.com", True),  # such services answer for any name below theirs
        ("a@mailinator.com-news.example", False),
        ("a@mailinator.com.example.org", False),
        ("a@gmail.com", False),
        ("a@" + ".".join("x" * 1 for _ in range(120)) + ".com", False),
    ],
)
def test_a_domain_and_what_lies_in_it(email: str, expected: bool) -> None:
    assert is_disposable(email) is expected


@pytest.mark.parametrize("refuse", [False, True])
def test_they_are_refused_where_an_installation_says_so(
    browser: Client, iria_news: MailingList, settings: Settings, refuse: bool
) -> None:
    settings.REFUSE_DISPOSABLE_ADDRESSES = refuse
    answer = browser.post("/subscribe/", {"email": "Ada@Mailinator.COM"})
    assert answer.status_code == (422 if refuse else 200) and Subscriber.objects.exists() is not refuse
    assert ("only works for a short time" in answer.content.decode()) is refuse
    assert browser.post("/subscribe/", {"email": "ada@example.org"}).status_code == 200
