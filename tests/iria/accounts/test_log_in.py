"""Logging in behind a proxy: strangers lock out themselves, wait for one another, and never keep the staff out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from iria.accounts import log_in
from iria.tasks import forget_old_logins
from subscribers.admin.reauthentication import TYPED_AT
from tests.factories import make_edition, make_newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.either_database]
PROXY = "10.0.0.1"
PASSWORD = "a-Long-passphrase-4-tests"


@pytest.fixture(autouse=True)
def production_like(settings: Settings) -> None:
    settings.AXES_ENABLED = True
    settings.TRUSTED_PROXIES = 1


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", "boss@iria.example", PASSWORD)


def log_in_from(address: str, username: str, password: str, browser: Client | None = None) -> HttpResponse:
    """Through the proxy, which puts its peer behind whatever the visitor wrote into the header."""
    answer: Any = (browser or Client()).post(
        "/admin/login/",
        {"username": username, "password": password, "next": "/admin/"},
        REMOTE_ADDR=PROXY,
        headers={"X-Forwarded-For": f"198.51.100.77, {address}"},
    )
    return answer  # type: ignore[no-any-return]


def where_the_password_is_asked_for() -> str:
    return f"/admin/newsletters/edition/{make_edition(make_newsletter()).pk}/ledger.csv"


def test_a_stranger_behind_the_same_proxy_locks_nobody_else_out(boss: User) -> None:
    answers = [log_in_from("192.0.2.66", "boss", f"guess {number}").status_code for number in range(12)]
    assert answers[0] == 200 and answers[-1] == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"192.0.2.66"}
    assert log_in_from("203.0.113.5", "boss", PASSWORD).status_code == 302
    refused = log_in_from("192.0.2.66", "boss", PASSWORD)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0 and b"Try again in" in refused.content


def test_a_name_is_locked_for_the_address_that_failed_with_it(boss: User, settings: Settings) -> None:
    settings.LOGIN_LIMITS_PER_IP = [(100, 60)]
    for number in range(10):
        log_in_from("2001:db8:1:2::1", "boss", f"guess {number}")
    locked = log_in_from("2001:db8:1:2:ffff::9", "boss", PASSWORD)  # the same /64
    assert locked.status_code == 429 and b"Try again in 15 minutes" in locked.content
    assert log_in_from("2001:db8:1:3::1", "boss", PASSWORD).status_code == 302


def test_ten_wrong_passwords_do_not_keep_signed_in_staff_from_entering_theirs(boss: User) -> None:
    browser = Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": "192.0.2.66"})
    assert log_in_from("192.0.2.66", "boss", PASSWORD, browser).status_code == 302
    for number in range(15):
        log_in_from("192.0.2.66", "boss", f"guess {number}")
    session = browser.session
    session[TYPED_AT] = 1.0  # long ago
    session.save()
    path = where_the_password_is_asked_for()
    asked = browser.post(path, {"_was_get": "1", "_password": "wrong"})
    assert asked.status_code == 403, asked.status_code
    assert b"not your password" in asked.content
    assert browser.post(path, {"_was_get": "1", "_password": PASSWORD}).status_code == 302


def test_a_stolen_session_cannot_guess_for_long(boss: User, settings: Settings) -> None:
    settings.PASSWORDS_PER_SESSION = [(3, 300)]
    browser = Client()
    browser.force_login(boss)
    session = browser.session
    session[TYPED_AT] = 1.0
    session.save()
    path = where_the_password_is_asked_for()
    answers = [browser.post(path, {"_password": f"guess {number}"}).status_code for number in range(4)]
    assert answers == [403, 403, 403, 429]
    assert browser.post(path, {"_password": PASSWORD}).status_code == 429


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Hashes wait until they are told to go on; how many were at it at once."""
    seen: dict[str, Any] = {"now": 0, "most": 0, "begun": threading.Semaphore(0), "go": threading.Event()}
    lock = threading.Lock()

    def slow(*_: Any, **__: Any) -> HttpResponse:
        with lock:
            seen["now"] += 1
            seen["most"] = max(seen["most"], seen["now"])
        seen["begun"].release()
        seen["go"].wait(10)
        with lock:
            seen["now"] -= 1
        return HttpResponse("hashed")

    monkeypatch.setattr("django.contrib.admin.AdminSite.login", slow)
    yield seen
    seen["go"].set()


@pytest.mark.django_db(transaction=True)
def test_strangers_hash_one_at_a_time_and_the_staffs_addresses_have_places_of_their_own(
    boss: User, hashing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_in, "_is_known", lambda request: "203.0.113.5" in request.headers["X-Forwarded-For"])
    answers: dict[str, int] = {}

    def visit(address: str) -> None:
        answers[address] = log_in_from(address, f"invented-{address}", "x").status_code

    strangers = [threading.Thread(target=visit, args=[f"192.0.2.{number}"]) for number in range(20)]
    for each in strangers:
        each.start()
    assert hashing["begun"].acquire(timeout=10)
    staff = threading.Thread(target=visit, args=["203.0.113.5"])
    staff.start()
    assert hashing["begun"].acquire(timeout=10), "the staff waited for strangers"
    for each in strangers:
        each.join(timeout=0.1)
    hashing["go"].set()
    for each in [*strangers, staff]:
        each.join(timeout=20)
    assert hashing["most"] == 2
    assert answers["203.0.113.5"] == 200
    assert list(answers.values()).count(429) >= 15


def test_an_address_is_known_from_its_last_log_in_and_forgotten_after_a_while(boss: User) -> None:
    request = RequestFactory(REMOTE_ADDR=PROXY).post("/admin/login/", headers={"X-Forwarded-For": "203.0.113.5"})
    assert not log_in._is_known(request)
    assert log_in_from("203.0.113.5", "boss", PASSWORD).status_code == 302
    log_in_from("203.0.113.5", "boss", "wrong")
    assert log_in._is_known(request)
    forget_old_logins()
    assert (AccessLog.objects.count(), AccessAttempt.objects.count()) == (1, 1)

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=2))
    AccessLog.objects.update(attempt_time=timezone.now() - timedelta(days=100))
    assert not log_in._is_known(request)
    forget_old_logins()
    assert (AccessLog.objects.count(), AccessAttempt.objects.count()) == (0, 0)
