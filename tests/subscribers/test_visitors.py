"""Who is asking: the peer, or the hop that our own proxies wrote; never what a visitor claims."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from subscribers.visitors import client_address, visit_of


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "10.0.0.1", "198.51.100.7", "10.0.0.1"),  # shorter than our own proxies would make it
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "unknown", "10.0.0.1"),
        (1, "10.0.0.1", "' OR 1=1", "10.0.0.1"),
        (1, "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        (1, "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (0, "", "", None),
    ],
)
def test_the_clients_address(settings: Settings, proxies: int, peer: str, forwarded: str, expected: str | None) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR=peer).get("/subscribe/", headers=headers)
    address = client_address(request)
    assert (str(address) if address else None) == expected


def test_a_record_keeps_no_more_of_a_browser_than_fits(settings: Settings) -> None:
    request = RequestFactory().get("/subscribe/", headers={"user-agent": "x\x00" * 400})
    assert visit_of(request).user_agent == "x" * 300
