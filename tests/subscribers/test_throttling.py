"""Rate limits of the sign-up form: by visitor, by recipient domain, by address; sign-ups while the cache is down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache.backends.redis import RedisCache
from django.test import Client
from pytest_django import Settings

from mail.models import Message
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from tests.subscribers.conftest import Mails, hidden_fields, links_in, path_of


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_too_many_requests_of_one_visitor_are_429_in_words_and_keep_what_was_typed(
    browser: Client, iria_news: MailingList
) -> None:
    codes = []
    for number in range(6):
        response = browser.post("/subscribe/", {"email": f"reader{number}@gmail.com", "name": "Ada"})
        codes.append(response.status_code)
    assert codes == [200] * 5 + [429]
    assert 1 <= int(response["Retry-After"]) <= 61
    assert hidden_fields(response.content.decode()) == {"email": "reader5@gmail.com", "name": "Ada"}
    assert Subscriber.objects.count() == 5


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_one_recipient_domain_is_limited_across_visitors_and_the_large_ones_are_not(
    browser: Client, iria_news: MailingList, settings: Settings
) -> None:
    settings.SIGNUP_LIMIT_PER_DOMAIN = (10, 3600)

    def codes(domain: str) -> list[int]:
        return [
            browser.post(
                "/subscribe/", {"email": f"reader{number}@{domain}"}, REMOTE_ADDR=f"192.0.2.{number}"
            ).status_code
            for number in range(12)
        ]

    assert codes("village.example") == [200] * 10 + [429] * 2
    assert codes("gmail.com") == [200] * 12


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_a_visitor_who_is_refused_makes_it_no_harder_for_others(
    browser: Client, iria_news: MailingList, settings: Settings
) -> None:
    settings.SIGNUP_LIMIT_OF_SITE = settings.SIGNUP_LIMIT_PER_DOMAIN = (8, 3600)
    codes = [
        browser.post("/subscribe/", {"email": f"x{n}@ministry.example"}, REMOTE_ADDR="192.0.2.1").status_code
        for n in range(40)
    ]
    assert codes == [200] * 5 + [429] * 35
    answer = browser.post("/subscribe/", {"email": "ada@ministry.example"}, REMOTE_ADDR="192.0.2.2")
    assert answer.status_code == 200


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_colleagues_who_confirm_do_not_use_up_their_domain(
    browser: Client, iria_news: MailingList, settings: Settings, mails: Mails
) -> None:
    settings.SIGNUP_LIMIT_PER_DOMAIN = (3, 3600)
    for number in range(12):
        where = f"192.0.2.{number}"
        asked = browser.post("/subscribe/", {"email": f"delegate{number}@ministry.example"}, REMOTE_ADDR=where)
        assert asked.status_code == 200, number
        link = next(path_of(each) for each in links_in(mails()[-1]) if "/confirm/" in each)
        assert browser.post(link, REMOTE_ADDR=where).status_code == 200
        assert browser.post(link, REMOTE_ADDR=where).status_code == 200  # again: gives nothing back
    codes = [
        browser.post(
            "/subscribe/", {"email": f"invented{n}@ministry.example"}, REMOTE_ADDR=f"198.51.100.{n}"
        ).status_code
        for n in range(4)
    ]
    assert codes == [200] * 3 + [429]


def test_a_small_organisation_signs_up_at_once_before_anybody_confirms(browser: Client, iria_news: MailingList) -> None:
    codes = {
        browser.post("/subscribe/", {"email": f"d{n}@ministry.example"}, REMOTE_ADDR=f"192.0.2.{n}").status_code
        for n in range(40)
    }
    assert codes == {200}


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_an_ipv6_household_counts_as_one_visitor(browser: Client, iria_news: MailingList) -> None:
    codes = [
        browser.post("/subscribe/", {"email": f"r{n}@gmail.com"}, REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code
        for n in range(1, 7)
    ]
    assert codes == [200] * 5 + [429]
    other = browser.post("/subscribe/", {"email": "r9@gmail.com"}, REMOTE_ADDR="2001:db8:1:3::1")
    assert other.status_code == 200


def test_behind_a_proxy_the_visitor_is_who_the_proxy_saw(
    browser: Client, iria_news: MailingList, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(6):  # what the visitor claims, then what the proxy saw
        forwarded = f"203.0.113.{number}, 198.51.100.7"
        response = browser.post(
            "/subscribe/", {"email": f"r{number}@gmail.com"}, headers={"x-forwarded-for": forwarded}
        )
    assert response.status_code == 429
    assert ConsentRecord.objects.values_list("ip", flat=True).distinct().get() == "198.51.100.7"


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_an_address_gets_three_confirmations_a_day_from_all_forms_together(
    browser: Client, iria_news: MailingList, settings: Settings, mails: Mails
) -> None:
    settings.SIGNUP_LIMITS_PER_IP = [(100, 60)]
    bodies = {browser.post("/subscribe/", {"email": "ada@example.org"}).content for _ in range(5)}
    assert len(bodies) == 1
    assert Message.objects.filter(kind="confirmation").count() == 3
    assert len(mails()) == 3


def test_a_sign_up_works_while_the_cache_of_the_limits_is_down(
    browser: Client,
    iria_news: MailingList,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("subscribers.attempt_counts.cache", RedisCache(settings.REDIS_URL, {}))
    assert browser.post("/subscribe/", {"email": "ada@example.org"}).status_code == 200
    assert Subscription.objects.exists()
    assert "not reachable" in caplog.text
