"""Addresses: one spelling to store, one key to compare by, and a question only where a typing error is likely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.addresses import COMMON_DOMAINS, BadAddress, address_key, did_you_mean, normalise


@given(st.text(max_size=300))
def test_whatever_is_typed_is_an_address_or_a_sentence_and_never_anything_else(typed: str) -> None:
    try:
        email = normalise(typed)
    except BadAddress as problem:
        assert str(problem).endswith((".", "?"))
    else:
        assert len(email) <= 254
        assert email.count("@") == 1
        assert email == normalise(email)


@given(st.emails())
def test_a_normalised_address_has_the_key_of_what_was_typed(typed: str) -> None:
    try:
        email = normalise(typed)
    except BadAddress:
        return
    assert address_key(email) == address_key(typed) == address_key(address_key(email))
    assert len(address_key(email)) <= 254


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@GMAIL.CON", "ada@gmail.com"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@yaho.com", "ada@yahoo.com"),
        ("ada@outlok.com", "ada@outlook.com"),
        ("ada@icluod.com", "ada@icloud.com"),
        ("ada@iria.example", None),
        ("ada@uni-example.de", None),
        ("ada@bücher.example", None),
    ],
)
def test_a_likely_typing_error_is_mended(typed: str, meant: str | None) -> None:
    assert did_you_mean(typed) == meant


@pytest.mark.parametrize("domain", COMMON_DOMAINS)
def test_nobody_with_a_common_domain_is_asked(domain: str) -> None:
    assert did_you_mean(f"ada@{domain}") is None
