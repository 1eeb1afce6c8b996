"""Which addresses an editor may send to readers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.blocks.link_problems import is_web_address, problem_with_link

HIDDEN = ["\t", "\n", "\x00", "\x7f", "\u2028", "\u200e", "\u202e", "\u2066"]  # RFC 3987 §4.1


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org", "http://example.org:8080/a?b=c#d", "HTTPS://Example.ORG/", "https://bücher.example/пост",
        "https://пример.рф/", "https://xn--bcher-kva.example./", "https://192.0.2.1/", "https://[2001:db8::1]:443/",
        "https://mastodon.example/@iria/1", "https://example.org/نگاه\u200cکن",
    ],
)  # fmt: skip
def test_a_web_address_is_taken(address: str) -> None:
    assert is_web_address(address)
    assert problem_with_link(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,a", "//example.org/", "https://", "https:example.org", "https:///a",
        "https://ada:secret@example.org/", "https://youtube.com@example.org/", "https://@example.org/",
        "https://example.org:99999/", "https://example.org:http/", "https://https://example.org/", "https://[::1",
        "https://a..example/", "https://-example.org/", "https://10.0.0.256/", f"https://{'a' * 64}.example/",
        f"https://{'a.' * 200}example/",
    ],
)  # fmt: skip
def test_what_no_browser_could_open_or_nobody_should_see_is_not(address: str) -> None:
    assert not is_web_address(address)
    assert "isn't a web address" in problem_with_link(address)


@pytest.mark.parametrize("character", HIDDEN)
@pytest.mark.parametrize(
    "form", ["https://exa{}mple.org/", "https://example.org/{}gnp.elif", "https://example.org/?q={}"]
)
def test_nothing_is_hidden_in_an_address(form: str, character: str) -> None:
    assert is_web_address(form.format("a"))
    assert not is_web_address(form.format(character))


@given(st.text(max_size=300), st.sampled_from(["", "https://", "http://[", "https://a@", "https://a:", "mailto:"]))
def test_any_text_gets_an_answer(text: str, begin: str) -> None:
    assert isinstance(problem_with_link(begin + text), str)
