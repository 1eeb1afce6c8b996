"""The fast reading of addresses gives what `lib.addresses` gives, for every address."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.addresses import BadAddress, address_key, normalise
from subscribers.imports.addresses import Addresses, without_wrapping

LOCAL = st.one_of(
    st.from_regex(r"[A-Za-z0-9._+'-]{0,70}", fullmatch=True),
    st.sampled_from(
        ["Info", "WEBMASTER", "abuse", "a" * 64, "a" * 65, ".a", "a.", "a..b", "ada byron", '"a b"', "ädа"]
    ),
    st.text(max_size=12),
)
DOMAIN = st.one_of(
    st.from_regex(r"[A-Za-z0-9.-]{0,70}", fullmatch=True),
    st.sampled_from(
        ["Example.ORG", "example", "example.org.", "-a.example.org", "a_b.example.org", "xn--fa-hia.de", "faß.de",
         "localhost", "test", "a.invalid", "1.2.3.4", "[1.2.3.4]", "example.c", "example.123", "a" * 64 + ".org"]
    ),
)  # fmt: skip
shared = Addresses()


@given(st.one_of(st.builds("{}@{}".format, LOCAL, DOMAIN), st.text(max_size=30)))
@example("ſam@example.org")
@example("a@b@c")
@example("WWW@example.org")
@example("a" * 64 + "@" + ".".join(["a" * 60] * 3) + ".org")
def test_the_fast_reading_agrees_with_the_rule(raw: str) -> None:
    value = without_wrapping(raw)
    try:
        expected = normalise(value)
    except BadAddress as problem:
        with pytest.raises(BadAddress) as found:
            shared.read(raw)
        assert str(found.value) == str(problem)
        return
    assert shared.read(raw) == (expected, address_key(expected))


@pytest.mark.parametrize("around", [" ", "\u00a0", "\u200b", "\ufeff", "\u202a", "\u2003", "\t"])
def test_spaces_and_invisible_characters_around_an_address_are_left_out(around: str) -> None:
    assert Addresses().read(f"{around}Ada@Example.org{around}{around}") == ("Ada@example.org", "ada@example.org")
