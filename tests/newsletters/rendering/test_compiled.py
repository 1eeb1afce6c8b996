"""Compiled mails: whatever the names and texts, they parse to what Django's own message says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.rendering.compiled import CompiledMail, can_compile
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient
from tests.newsletters.rendering.sample import ARTICLES, CONTENT, NAMELESS, READER

DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
HEADERS = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id",
    "Feedback-ID", "Precedence", "MIME-Version",
)  # fmt: skip


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def meaning(message: EmailMessage) -> dict[str, object]:
    """What a reader's mail program makes of it."""
    said: dict[str, object] = {name: " ".join(str(message[name]).split()) for name in HEADERS}
    said["To"] = [(one.display_name, one.addr_spec) for one in message["To"].addresses]
    for subtype in ("plain", "html"):
        part = message.get_body((subtype,))
        assert part is not None
        said[subtype] = str(part.get_content()).replace("\r\n", "\n").rstrip("\n")
    return said


def both(recipient: Recipient, content: EditionContent = CONTENT) -> tuple[EmailMessage, EmailMessage, bytes]:
    mail = render(content)
    wire = CompiledMail(mail, content).wire(recipient, date=DATE)
    slow = build(mail, recipient, content, date=DATE).message().as_bytes()
    return parsed(wire), parsed(slow), wire


@pytest.mark.parametrize("recipient", [READER, NAMELESS])
def test_a_compiled_mail_says_what_djangos_message_says(recipient: Recipient) -> None:
    fast, slow, _ = both(recipient)
    assert meaning(fast) == meaning(slow)
    assert set(fast.keys()) == set(slow.keys())


names = st.one_of(
    st.text(max_size=100),
    st.text(alphabet="abc .'\"\\()<>@,;:=?_-", max_size=200),
    st.sampled_from(["李 小龍", "محمد", "Ünï", "." * 70, "= = =", "a" * 200, "\U0001f3f4" * 20, " "]),
).filter(lambda text: "=?" not in text)  # Django writes these as they are, and they parse to something else
words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300).filter(lambda t: "=?" not in t)


@settings(max_examples=150, deadline=None)
@given(
    name=names,
    email=st.sampled_from(["a@example.org", "x.y+z@exämple.org", "o'neil@example.org"]),
    subject=words,
    introduction=words,
    topics=st.lists(words.filter(bool), max_size=3),
)
def test_any_name_and_any_text_come_out_the_same(
    name: str, email: str, subject: str, introduction: str, topics: list[str]
) -> None:
    content = replace(
        CONTENT,
        subject="{{ name|you }} " + subject.replace("{", "").replace("}", ""),
        introduction=f"<p>.{{{{ name|.you }}}}</p><p>{escape(introduction).replace('{', '').replace('}', '')}</p>",
        articles=ARTICLES[:1],
    )
    recipient = Recipient(9, email, name, date(2025, 11, 4), tuple(topics))
    fast, slow, wire = both(recipient, content)
    expected, made = meaning(slow), meaning(fast)
    for said in (expected, made):  # how spaces at a fold come out is the parser's affair
        said["Subject"] = "".join(str(said["Subject"]).split())
        said["To"] = [("".join(display.split()), spec) for display, spec in said["To"]]  # type: ignore[attr-defined]
    assert made == expected
    for line in wire.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith(b".")
        assert b"\n" not in line
        assert b"\r" not in line
    assert wire.isascii()


@pytest.mark.parametrize("name", ["=?utf-8?q?x?=", "=??Q??=", "a =?x b"])
def test_a_name_that_looks_like_an_encoded_word_stays_a_name(name: str) -> None:
    fast, _, _ = both(replace(READER, name=name))
    assert fast["To"].addresses[0].display_name == name
    assert fast["To"].addresses[0].addr_spec == READER.email


def test_addresses_beyond_ascii_take_the_slow_path() -> None:
    assert can_compile(READER)
    assert can_compile(replace(READER, email="a@exämple.org"))
    assert not can_compile(replace(READER, email="jürgen@example.org"))


def test_a_damaged_slot_is_noticed_when_it_is_compiled() -> None:
    mail = render(CONTENT)
    with pytest.raises(ValueError, match="damaged"):
        CompiledMail(replace(mail, html=mail.html.replace("iRiAsLoT000x", "iRiAsLoT=\r\n000x")), CONTENT)
