"""Who may read the inbox: a browser on this machine, and superusers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from iria.inbox import views
from iria.inbox.store import Caught, Store

pytestmark = pytest.mark.either_database  # mails that are caught lie in a file of their own


@pytest.fixture
def client(client: Client, settings: Settings) -> Client:
    settings.SITE_URL, settings.SITE_IS_LOCAL = "http://localhost:8000", True
    client.defaults["HTTP_HOST"] = "localhost"
    return client


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[Store]:
    settings.INBOX_ENABLED = True
    settings.INBOX_FILE = tmp_path / "inbox.sqlite3"
    yield views.store()
    views.store().close()
    views.opened.cache_clear()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.1", {}),
        ("10.0.0.7", {"Host": "localhost"}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),  # a proxy that nobody told us of
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.1"}),
        ("127.0.0.1", {"Via": "1.1 tunnel"}),
        ("127.0.0.1", {"Host": "news.iria.example"}),  # a tunnel, or a name that was made to lead here
    ],
)
@pytest.mark.parametrize("path", ["", "messages.json", "1/", "1/html", "1/raw"])
def test_from_elsewhere_only_a_superuser_reads_the_inbox(
    path: str, address: str, headers: dict[str, str], client: Client, store: Store
) -> None:
    store.add([Caught("a@iria.example", "b@example.org", b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>x</p>")])
    refused = client.get(f"/inbox/{path}", REMOTE_ADDR=address, headers=headers)
    assert refused.status_code == 302
    assert refused["Location"].startswith("/admin/login/?next=/inbox/")
    assert client.post("/inbox/clear", REMOTE_ADDR=address, headers=headers).status_code == 302
    assert store.count() == 1
    client.force_login(User.objects.create_user("reader"))
    assert client.get(f"/inbox/{path}", REMOTE_ADDR=address, headers=headers).status_code == 302
    client.force_login(User.objects.create_user("ida", is_staff=True))
    refused = client.get(f"/inbox/{path}", REMOTE_ADDR=address, headers=headers)
    assert (refused.status_code, "links to choose a new password" in refused.content.decode()) == (403, True)
    User.objects.update(is_superuser=True)
    assert client.get(f"/inbox/{path}", REMOTE_ADDR=address, headers=headers).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.0.0.1:4711"])
@pytest.mark.usefixtures("store")
def test_at_this_machine_the_inbox_is_open(address: str, client: Client) -> None:
    for host in ("localhost", "127.0.0.1:8000"):
        assert client.get("/inbox/", REMOTE_ADDR=address, headers={"Host": host}).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_an_installation_with_a_public_address_asks_everybody_to_sign_in(client: Client, settings: Settings) -> None:
    settings.SITE_URL, settings.SITE_IS_LOCAL = "https://news.iria.example", False
    assert client.get("/inbox/", headers={"Host": "localhost"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_behind_a_trusted_proxy_it_is_the_visitor_who_must_be_here(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for visitor, status in (("192.0.2.1", 302), ("127.0.0.1", 200)):
        headers = {"Host": "localhost", "X-Forwarded-For": visitor}
        assert client.get("/inbox/", headers=headers).status_code == status
