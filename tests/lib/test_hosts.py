"""Hosts: one spelling, and which lead to this machine only."""

from __future__ import annotations

import pytest

from lib import hosts


@pytest.mark.parametrize(
    ("given", "ascii_form"),
    [
        ("News.Example.ORG.", "news.example.org"),
        ("20minuten.example", "20minuten.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("faß.example", "xn--fa-hia.example"),  # IDNA 2008; 2003 would say fass
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("my_container", "my_container"),
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_host_has_one_spelling(given: str, ascii_form: str) -> None:
    assert hosts.in_ascii(given) == ascii_form


@pytest.mark.parametrize(
    "given",
    ["", ".", "a..b", "-a.example", "a-.example", "a b.example", "exa/mple", "a@b", "1.2.3", "10.0.0.256", "a" * 64,
     "a." * 130 + "a", "\u202e.example", "x" * 10_000_000, "[::1", "a:80"],
)  # fmt: skip
def test_what_is_no_host_is_refused(given: str) -> None:
    with pytest.raises(hosts.BadHost):
        hosts.in_ascii(given)


def test_loopback_is_known_by_name() -> None:
    for here in ("localhost", "LOCALHOST.", "iria.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"):
        assert hosts.is_loopback(here), here
    for elsewhere in ("localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "postfix", "0.0.0.0", "::2"):
        assert not hosts.is_loopback(elsewhere), elsewhere


def test_only_a_name_of_several_labels_stands_behind_an_at() -> None:
    assert [hosts.is_domain(each) for each in ("a.example", "20min.example", "localhost", "10.0.0.1", "::1")] == [
        True, True, False, False, False,
    ]  # fmt: skip
