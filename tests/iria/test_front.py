"""Requests that don't fit the settings: a page, and a log line that names the setting."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from iria import front

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
SITE = "news.iria.example"


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "_said_at", {})


@pytest.fixture
def https(settings: Settings) -> None:
    """A production site behind one proxy."""
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("host", ["10.0.0.5", "elsewhere.example:8000", "bad host", "<script>", "[::1", "x" * 5000])
def test_a_wrong_host_is_answered_by_a_page_and_one_line_that_name_the_setting(
    host: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        answer = client.get("/", headers={"Host": host})
        assert answer.status_code == 400
    page = answer.content.decode()
    assert "ALLOWED_HOSTS" in page and "12 MB" not in page
    assert "<script>" not in page
    assert host not in {"10.0.0.5", "elsewhere.example:8000"} or host in page
    (line,) = lines(caplog)
    assert "ALLOWED_HOSTS" in line and len(line) < 250


def test_a_visitor_is_told_in_the_language_of_the_address(client: Client) -> None:
    page = client.get("/ar/", headers={"Host": "elsewhere.example"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "There is no site" not in page


def test_invented_hosts_do_not_fill_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(100):
        client.get("/", headers={"Host": f"h{number}.example"})
    assert len(lines(caplog)) <= front.MOST_HOSTS


def test_who_comes_by_http_is_sent_to_https_once(client: Client, https: None) -> None:
    client.cookies.clear()
    moved = client.get("/articles/?q=1", headers={"Host": SITE, "X-Forwarded-Proto": "http"})
    assert (moved.status_code, moved["Location"]) == (301, f"https://{SITE}/articles/?q=1")
    assert moved["Cache-Control"] == "no-store"
    assert client.get("/", headers={"Host": SITE, "X-Forwarded-Proto": "https"}).status_code == 200


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "Https", "https,http", "HTTPS, http"])
def test_https_is_https_however_the_proxy_writes_it(client: Client, https: None, scheme: str) -> None:
    assert client.get("/", headers={"Host": SITE, "X-Forwarded-Proto": scheme}).status_code == 200


@pytest.mark.parametrize("scheme", ["httpsx", "http", "xhttps", "http,https"])
def test_nothing_else_is_https(client: Client, https: None, scheme: str) -> None:
    client.cookies.clear()
    assert client.get("/", headers={"Host": SITE, "X-Forwarded-Proto": scheme}).status_code == 301


def test_a_proxy_that_always_says_http_ends_in_a_page_and_not_in_a_circle(
    client: Client, https: None, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Host": SITE, "X-Forwarded-Proto": "http"}
    assert client.get("/", headers=headers).status_code == 301
    answer = client.get("/", headers=headers)
    assert answer.status_code == 503
    assert b"X-Forwarded-Proto" in answer.content
    assert any("X-Forwarded-Proto" in line for line in lines(caplog))


@pytest.mark.usefixtures("https")
@pytest.mark.parametrize(("proxies", "headers"), [(0, {}), (1, {}), (1, {"X-Forwarded-Proto": ""})])
def test_a_proxy_that_does_not_say_https_ends_in_a_page_that_names_it(
    headers: dict[str, str], proxies: int, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = proxies
    for _ in range(3):
        answer = client.get("/", headers={"Host": SITE, **headers})
        assert answer.status_code == 503
    assert b"X-Forwarded-Proto" in answer.content and b"TRUSTED_PROXIES" in answer.content
    assert len(lines(caplog)) == 1 and "X-Forwarded-Proto" in lines(caplog)[0]


def test_a_proxy_that_nobody_told_us_of_is_noticed_in_the_log_at_healthz_and_on_the_dashboard(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture, admin_user: User
) -> None:
    settings.TRUSTED_PROXIES = 0
    assert front.noted_troubles() == []
    for number in range(8):
        client.get("/", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert [line for line in lines(caplog) if "TRUSTED_PROXIES is 0" in line] == lines(caplog) != []
    assert len(lines(caplog)) == 1
    assert "TRUSTED_PROXIES" in client.get("/healthz").json()["set-up"]
    client.force_login(admin_user)
    assert b"TRUSTED_PROXIES is 0" in client.get("/admin/").content


def test_a_stranger_cannot_alarm_us_by_headers_of_their_own(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 0
    client.get("/", REMOTE_ADDR="8.8.8.8", headers={"X-Forwarded-For": "192.0.2.1"})
    assert front.noted_troubles() == []


@pytest.mark.parametrize(
    ("forwarded", "proxies", "noticed"), [("", 1, True), ("192.0.2.1", 2, True), ("192.0.2.1", 1, False)]
)
def test_a_proxy_that_says_less_than_expected_is_noticed(
    forwarded: str, proxies: int, noticed: bool, client: Client, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-Proto": "https"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    client.get("/", headers=headers)
    assert front.noted_troubles() == ([front.TROUBLES[front.PROXY_SILENT]] if noticed else [])
