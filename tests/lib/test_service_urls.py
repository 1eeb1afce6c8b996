"""Addresses of services: whatever is percent-encoded comes back, whatever is pasted is meant or refused."""

from __future__ import annotations

import contextlib
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.service_urls import BadServiceUrl, read_service_url

PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@given(username=PRINTABLE, password=PRINTABLE)
def test_what_is_percent_encoded_is_read_as_it_was(username: str, password: str) -> None:
    url = f"smtp://{quote(username, safe='')}:{quote(password, safe='')}@smtp.example.org:587/?tls=starttls"
    found = read_service_url(url)
    assert (found.username, found.password, found.host, found.port) == (username, password, "smtp.example.org", 587)
    assert read_service_url(str(found)) == found


@given(
    username=st.text("abc.@%+-", min_size=1, max_size=8),
    password=st.text("aB3/#?@+$%:&=[]", min_size=1, max_size=20),
    rest=st.sampled_from(["", "/", ":587/", ":587/?tls=none", "/0", "/name?sslmode=require"]),
)
def test_what_is_pasted_is_meant_or_refused_and_never_another_host(username: str, password: str, rest: str) -> None:
    try:
        found = read_service_url(f"smtp://{username}:{password}@smtp.example.org{rest}")
    except BadServiceUrl as problem:
        assert "ercent-encode" in str(problem)
        assert password not in str(problem).partition("Percent-encode")[0] or len(password) < 4
        return
    assert found.host == "smtp.example.org"
    if "%" not in username + password:
        assert (found.username, found.password) == (username, password)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0?password=x@y",  # the other reading: user localhost, host y
        "postgres://u:p@host/db?options=a@b",
        "smtp://u:p%2Fq/r@host/",
        "smtp://u:p@host#x",
    ],
)
def test_what_could_be_meant_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(BadServiceUrl, match="ercent-encode"):
        read_service_url(url)


def test_paths_and_options_keep_their_signs() -> None:
    found = read_service_url("unix:///run/redis@1/a+b.sock?virtual_host=1&x=a+b%20c")
    assert (found.host, found.path) == ("", "/run/redis@1/a+b.sock")
    assert found.options == {"virtual_host": "1", "x": "a+b c"}
    found = read_service_url("postgres://%2Frun%2Fpostgresql/iria")
    assert (found.host, found.path) == ("/run/postgresql", "/iria")


@pytest.mark.parametrize("piece", ["@", "/@", "?a=", "%2F", ":", "&a=b@", "#@"])
def test_a_long_address_costs_no_more_than_its_length(piece: str) -> None:
    started = time.process_time()
    for times in (1000, 1_000_000):
        with contextlib.suppress(BadServiceUrl):
            read_service_url("smtp://u:" + piece * times + "@host")
    assert time.process_time() - started < 2
