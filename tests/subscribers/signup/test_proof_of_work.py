"""When many sign up at once: a proof that the browser makes, or a wait; bound to the address, and never a refusal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from subscribers.models import MailingList, Subscriber
from subscribers.signup import proof_of_work
from tests.subscribers.conftest import hidden_fields

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def solve(page: str) -> str:
    """What the script does."""
    found = re.search(r'data-challenge="([^"]+)" data-bits="(\d+)"', page)
    assert found is not None
    token, bits = found[1], int(found[2])
    return next(
        proof
        for number in count()
        if int(sha256((proof := f"{token}.{number}").encode()).hexdigest()[:8], 16) < 1 << (32 - bits)
    )


@pytest.fixture(autouse=True)
def _easy_work_and_a_full_site(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "EASIEST_BITS", 6)
    settings.SIGNUP_LIMIT_OF_SITE = (0, 3600)
    settings.SIGNUP_LIMITS_PER_IP = [(1000, 60)]


@pytest.mark.parametrize("path", ["/subscribe/", "/preferences/"])
def test_the_browser_works_for_it_and_nobody_types_twice(browser: Client, iria_news: MailingList, path: str) -> None:
    asked = browser.post(path, {"email": "Ada@bücher.example", "name": "Ada", "topics": "us"})
    page = asked.content.decode()
    assert asked.status_code == 429
    assert "One more step" in page
    assert 'src="/static/subscribers/proof_of_work.js"' in page
    assert not Subscriber.objects.exists()
    fields = hidden_fields(page)
    assert fields["email"] == "Ada@bücher.example"
    answer = browser.post(path, fields | {"proof": solve(page)})
    assert answer.status_code == 200
    assert Subscriber.objects.exists() == (path == "/subscribe/")


def test_a_proof_is_good_for_one_address_and_a_quarter_of_an_hour(browser: Client, iria_news: MailingList) -> None:
    with time_machine.travel(NOW, tick=False):
        proof = solve(browser.post("/subscribe/", {"email": "ada@example.org"}).content.decode())
        assert browser.post("/subscribe/", {"email": "eve@example.org", "proof": proof}).status_code == 429
        assert browser.post("/subscribe/", {"email": "ADA@example.org", "proof": proof}).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert browser.post("/subscribe/", {"email": "ada@example.org", "proof": proof}).status_code == 429


@pytest.mark.parametrize(
    "proof", ["", "x", ".", "x.1", "{token}.", "{token}.-1", "{token}.x", "{token}.²", "{token}." + "9" * 40, "\x00.1"]
)
def test_no_other_proof_is_taken(browser: Client, iria_news: MailingList, proof: str) -> None:
    page = browser.post("/subscribe/", {"email": "ada@example.org"}).content.decode()
    token = solve(page).partition(".")[0]
    answer = browser.post("/subscribe/", {"email": "ada@example.org", "proof": proof.replace("{token}", token)})
    assert answer.status_code == 429


def test_without_javascript_a_short_wait_does(browser: Client, iria_news: MailingList) -> None:
    with time_machine.travel(NOW, tick=False):
        first = browser.post("/subscribe/", {"email": "ada@example.org"})
        wait = int(first["Retry-After"])
        assert f"Please wait {wait} seconds" in first.content.decode()
    fields = hidden_fields(first.content.decode())
    with time_machine.travel(NOW + timedelta(seconds=wait - 5), tick=False):  # too early: the place is kept
        early = browser.post("/subscribe/", fields)
        assert early.status_code == 429
        assert early["Retry-After"] == "5"
        fields = hidden_fields(early.content.decode())
        assert browser.post("/subscribe/", fields | {"email": "eve@example.org"}).status_code == 429
    with time_machine.travel(NOW + timedelta(seconds=wait), tick=False):
        assert browser.post("/subscribe/", fields).status_code == 200
    assert Subscriber.objects.get().email == "ada@example.org"


@time_machine.travel(NOW, tick=False)
def test_who_waits_waits_behind_the_others_and_the_queue_has_an_end() -> None:
    challenges = [proof_of_work.challenge(f"r{number}@example.org", 1) for number in range(500)]
    waits = [each.wait for each in challenges if each.ticket]
    assert waits == sorted(set(waits))
    assert waits[-1] <= proof_of_work.LONGEST_WAIT
    assert 0 < len(waits) < 500
    assert all(each.wait == proof_of_work.LONGEST_WAIT for each in challenges[len(waits) :])


def test_a_full_queue_keeps_out_nobody_whose_browser_works(
    browser: Client, iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_of_work, "SHORTEST_WAIT", proof_of_work.LONGEST_WAIT + 1)
    asked = browser.post("/subscribe/", {"email": "ada@example.org"})
    assert (asked.status_code, asked["Retry-After"]) == (429, "1800")
    page = asked.content.decode()
    fields = hidden_fields(page)
    assert "ticket" not in fields
    assert browser.post("/subscribe/", fields).status_code == 429
    assert browser.post("/subscribe/", fields | {"proof": solve(page)}).status_code == 200
    assert Subscriber.objects.get().email == "ada@example.org"


def test_the_work_grows_with_the_flood_and_ends_somewhere() -> None:
    bits = [proof_of_work.challenge("ada@example.org", excess).bits for excess in (1, 100, 10_000, 10**12)]
    assert bits == sorted(bits)
    assert bits[0] < bits[-1] <= proof_of_work.HARDEST_BITS


def test_ten_invented_addresses_bar_nobody_from_a_domain(
    browser: Client, iria_news: MailingList, settings: Settings
) -> None:
    settings.SIGNUP_LIMIT_OF_SITE = (1000, 3600)
    settings.SIGNUP_LIMIT_PER_DOMAIN = (10, 3600)
    for number in range(10):
        browser.post("/subscribe/", {"email": f"x{number}@ministry.example"})
    asked = browser.post("/subscribe/", {"email": "real@ministry.example"})
    assert asked.status_code == 429
    page = asked.content.decode()
    assert browser.post("/subscribe/", hidden_fields(page) | {"proof": solve(page)}).status_code == 200
    assert Subscriber.objects.filter(email="real@ministry.example").exists()
