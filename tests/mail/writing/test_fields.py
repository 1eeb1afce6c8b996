"""Every kind of header field, whatever is put into it, reads back by a parser that forgives nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.characters import one_line
from mail.writing import fields
from tests import strict_mail

LINE_ENDS = ["\r\nBcc: x@example.org", "\n\n", "\x00", "\x85", "\u2028x", "\u2029", "\x1b[1m"]
JOINERS = [
    "👩\u200d🔬",
    "👨\u200d👩\u200d👧",
    "می\u200cخواهیم",
    "\u200fمن\u200e",
    "Grund\u00adgesetz",
    "🏴\U000e0067\U000e0062\U000e007f",
    "Ça va\u00a0!",
]
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text("ab \"\\()<>@,;:.=?_-é漢", max_size=400),
    st.sampled_from([*JOINERS, *LINE_ENDS, "=?utf-8?q?x?=", "a =?x", "w" * 2000, "w" * 950 + " x", "a b " * 60]),
    st.sampled_from(["é" * 400, "漢" * 100, "😀" * 50]),
    st.tuples(st.sampled_from(LINE_ENDS), st.sampled_from(JOINERS)).map("".join),
)  # fmt: skip


def read_one(raw: bytes, *, utf8: bool = False) -> str:
    """The unfolded value of a field that stands there alone."""
    assert raw.endswith(b"\r\n")
    ((_name, value),) = strict_mail.read_head(raw[:-2], utf8=utf8)
    return value


def without_spaces(text: str) -> str:
    """Where a text is folded, a parser may show a space; there never is one more or less within a word."""
    return "".join(text.split())


@given(text=texts)
@example("=?utf-8?q?x?=")
@example("w" * 2000)
def test_a_text_reads_back(text: str) -> None:
    wanted = one_line(text)
    if not wanted:
        return
    value = read_one(fields.field("Subject", text))
    strict_mail.check_encoded_words({"subject": value})
    assert strict_mail.decoded_words(value) == wanted


@given(
    name=texts,
    address=st.sampled_from(["a@example.org", "x.y+z@faß.example", "o'neil@EXAMPLE.org", "d" * 60 + "@example.org"]),
)
def test_a_mailbox_reads_back(name: str, address: str) -> None:
    value = read_one(fields.mailboxes("Reply-To", [fields.spoken_mailbox(name, address)]))
    strict_mail.check_encoded_words({"reply-to": value})
    found = strict_mail.read_mailbox(value, utf8=False)
    assert found.name == one_line(name)
    assert found.address.partition("@")[0] == address.partition("@")[0]
    assert found.address.partition("@")[2] in {"example.org", "xn--fa-hia.example"}


@given(name=texts)
def test_only_a_local_part_beyond_ascii_is_in_utf8(name: str) -> None:
    raw = fields.mailboxes("To", [fields.spoken_mailbox(name, "jürgen@bücher.example")])
    found = strict_mail.read_mailbox(read_one(raw, utf8=True), utf8=True)
    assert found == strict_mail.Mailbox(one_line(name), "jürgen@xn--bcher-kva.example")
    assert raw.replace("jürgen@".encode(), b"").isascii()


@pytest.mark.parametrize(
    "address",
    ["", "a", "@example.org", "a@", "a b@example.org", "a@example.org>", "a@example.org\r\nBcc: b@example.org",
     "a@example.org, b@example.org", "=?utf-8?q?a?=@example.org\u2028", "a@b@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="isn't an address"):
        fields.mailbox("Ada", address)


@given(name=texts)
@example("أخبار إيريا")
@example("  ")
def test_a_list_id_reads_back(name: str) -> None:
    value = read_one(fields.field("List-Id", fields.list_id(name, "iria-news.iria.example")))
    strict_mail.check_encoded_words({"list-id": value})
    strict_mail.check_list_id(value)
    phrase = value.removesuffix("<iria-news.iria.example>").strip()
    assert (strict_mail.read_phrase(phrase) if phrase else "") == one_line(name)


@given(path=st.text(max_size=100))
@example("/a b(c)[d]<e>|{f}^`\\ü%20?x=1&region=2#g")
def test_a_uri_is_written_in_ascii(path: str) -> None:
    value = read_one(fields.field("List-Unsubscribe", fields.uri_list("https://bücher.example/" + path)))
    assert re.fullmatch(rf"<https://xn--bcher-kva\.example/(?:{strict_mail.URI})?>", value)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("https://example.org/a?b=c&d=e#f", "https://example.org/a?b=c&d=e#f"),
        ("https://example.org/100%25", "https://example.org/100%25"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://user@bücher.example:8443/ü", "https://user@xn--bcher-kva.example:8443/%C3%BC"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("mailto:news@iria.example?subject=Bitte weg", "mailto:news@iria.example?subject=Bitte%20weg"),
        ("mailto:jürgen@example.org", "mailto:j%C3%BCrgen@example.org"),
    ],
)  # fmt: skip
def test_what_a_uri_cannot_hold_is_percent_encoded(typed: str, written: str) -> None:
    assert fields.as_uri(typed) == written
    assert fields.as_uri(written) == written


@pytest.mark.parametrize("name", ["Message-ID", "List-Unsubscribe", "Feedback-ID", "Date"])
def test_a_structured_field_takes_no_letters_beyond_ascii(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        fields.field(name, "ü")
    value = read_one(fields.field(name, "a\r\nBcc: x"))
    assert value == "a Bcc: x"
