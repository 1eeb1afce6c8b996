"""Compiled mails: whatever the names and texts, they say what the slow path's message says, header by header."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.blocks.content import BlockContent
from newsletters.rendering import designs, slots
from newsletters.rendering.compiled import CompiledMail, compile_all
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient
from tests import strict_mail
from tests.newsletters.rendering.sample import CONTENT, EVERY_BLOCK, NAMELESS, READER, RIGHT_TO_LEFT

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


class Seen(HTMLParser):
    """What a browser sees: tags with their attributes, words, and comments. How a tag is spaced it does not see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("/", tag))

    def handle_data(self, data: str) -> None:
        self.events.append(data)

    def handle_comment(self, data: str) -> None:
        self.events.append(("comment", data.split()))  # for Outlook: tags once more


def meaning(message: EmailMessage) -> dict[str, object]:
    """What a reader's mail program makes of it."""
    said: dict[str, object] = {name: " ".join(str(message[name]).split()) for name in HEADERS}
    said["To"] = [(one.display_name, one.addr_spec) for one in message["To"].addresses]
    for subtype in ("plain", "html"):
        part = message.get_body((subtype,))
        assert part is not None
        said[subtype] = str(part.get_content()).replace("\r\n", "\n").rstrip("\n")
    said["html"] = Seen(str(said["html"])).events
    return said


@dataclass
class Made:
    """One recipient's mail, by the slow path and compiled in seven and in eight bits: parsed, and as bytes."""

    slow: EmailMessage
    ours: list[EmailMessage]
    slow_wire: bytes
    seven: bytes
    eight: bytes


def made(recipient: Recipient, content: EditionContent = CONTENT) -> Made:
    mail = render(content)
    compiled = CompiledMail(mail, content)
    seven, eight = compiled.wire(recipient, DATE), compiled.wire(recipient, DATE, eight_bits=True)
    slow = build(mail, recipient, content, date=DATE).message().as_bytes(linesep="\r\n")
    return Made(parsed(slow), [parsed(unstuffed(seven)), parsed(unstuffed(eight))], slow, seven, eight)


def unstuffed(wire: bytes) -> bytes:
    """As a server takes it in (RFC 5321 §4.5.2)."""
    return wire.replace(b"\r\n.", b"\r\n")


@pytest.mark.parametrize("recipient", [READER, NAMELESS])
def test_a_compiled_mail_says_what_the_slow_paths_message_says(recipient: Recipient) -> None:
    mail = made(recipient)
    for ours in mail.ours:
        assert meaning(ours) == meaning(mail.slow)
        assert set(ours.keys()) == set(mail.slow.keys())


names = st.one_of(
    st.text(max_size=100),
    st.text(alphabet="abc .'\"\\()<>@,;:=?_-", max_size=200),
    st.sampled_from(["李 小龍", "محمد", "Ünï", "." * 70, "= = =", "a" * 200, "\U0001f3f4" * 20, " "]),
)
words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)


@settings(max_examples=30, deadline=None)
@given(
    name=names,
    email=st.sampled_from(["a@example.org", "x.y+z@exämple.org", "o'neil@example.org"]),
    sender=words,
    list_name=words,
    subject=words,
    introduction=words,
    topics=st.lists(words.filter(bool), max_size=3),
    design=st.sampled_from([*designs.names(), designs.OWN]),
    blocks=st.lists(st.sampled_from([*EVERY_BLOCK.blocks, *RIGHT_TO_LEFT.blocks]), max_size=4, unique=True),
)
def test_any_name_any_text_and_any_blocks_come_out_the_same(  # noqa: PLR0917
    name: str,
    email: str,
    sender: str,
    list_name: str,
    subject: str,
    introduction: str,
    topics: list[str],
    design: str,
    blocks: list[BlockContent],
) -> None:
    content = replace(
        CONTENT,
        design=design,
        own_mjml=EXAMPLE.read_text(),
        from_name=sender,
        list_name=list_name,
        subject="{{ name|you }} " + subject.replace("{", "").replace("}", ""),
        introduction=f"<p>.{{{{ name|.you }}}}</p><p>{escape(introduction).replace('{', '').replace('}', '')}</p>",
        blocks=tuple(blocks),
    )
    recipient = Recipient(9, email, name, date(2025, 11, 4), tuple(topics))
    mail = made(recipient, content)
    said = [meaning(one) for one in (mail.slow, *mail.ours)]
    for one in said:  # how spaces at a fold come out is the parser's affair
        one["Subject"] = "".join(str(one["Subject"]).split())
        one["To"] = [("".join(display.split()), spec) for display, spec in one["To"]]  # type: ignore[attr-defined]
    assert said[1] == said[0]
    assert said[2] == said[0]
    strict = [strict_mail.read(unstuffed(wire)) for wire in (mail.slow_wire, mail.seven, mail.eight)]
    heads = [{key: value for key, value in one.raw if key not in {"Content-Type", "Subject"}} for one in strict]
    assert heads[1] == heads[0]
    assert heads[2] == heads[0]
    assert {one.subject for one in strict} == {strict[0].subject}
    assert mail.seven.isascii()
    assert b"\r\n." not in mail.seven
    for wire in (mail.seven, mail.eight):
        for line in wire.split(b"\r\n"):
            assert len(line) <= 998
            assert b"\n" not in line
            assert b"\r" not in line
            assert not line.startswith(b".") or line.startswith(b"..")


@pytest.mark.parametrize("name", ["=?utf-8?q?x?=", "=??Q??=", "a =?x b"])
def test_a_name_that_looks_like_an_encoded_word_stays_a_name(name: str) -> None:
    for ours in made(READER._replace(name=name)).ours:
        assert ours["To"].addresses[0].display_name == name
        assert ours["To"].addresses[0].addr_spec == READER.email


def encodings(wire: bytes) -> list[str]:
    return [part["Content-Transfer-Encoding"] for part in parsed(unstuffed(wire)).walk() if not part.is_multipart()]


def test_eight_bits_are_used_where_there_is_something_to_say_in_them() -> None:
    both_parts = made(READER)
    assert encodings(both_parts.seven) == ["quoted-printable"] * 2
    assert encodings(both_parts.eight) == ["8bit"] * 2
    assert len(both_parts.eight) < len(both_parts.seven)

    mail = render(CONTENT)
    plain = replace(mail, text="Hello\n", html="<p>Grüße</p>")
    assert encodings(CompiledMail(plain, CONTENT).wire(READER, DATE, True)) == ["quoted-printable", "8bit"]
    plain = replace(mail, text="Hello\n", html="<p>Hello</p>")
    assert CompiledMail(plain, CONTENT).wire(READER, DATE, True).isascii()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ü" * 500, "Ada"),  # a line that is too long by itself
        ("ü" * 480 + " {}", "Ada"),  # with hardly any room for a name
        ("ü {}", "Ada " * 250),  # a name that is too long
        ("ü {}", ".Ada"),  # which might begin a line
        ("ü\0", "Ada"),
    ],
)
def test_what_may_not_stand_in_eight_bits_is_quoted(text: str, name: str) -> None:
    marker = slots.marker(render(CONTENT).slots.index((slots.Field.NAME, "reader & friend")))
    mail = replace(render(CONTENT), text=text.format(marker), html="<p>.</p>")
    wire = CompiledMail(mail, CONTENT).wire(READER._replace(name=name), DATE, eight_bits=True)
    assert encodings(wire) == ["quoted-printable"] * 2


def test_a_dot_that_begins_a_line_of_eight_bits_is_stuffed() -> None:
    mail = replace(render(CONTENT), text=".ü\n..\nü.\n", html="<p>.</p>")
    wire = CompiledMail(mail, CONTENT).wire(READER, DATE, eight_bits=True)
    assert "\r\n..ü\r\n...\r\nü.\r\n".encode() in wire


def test_a_damaged_slot_is_noticed_when_it_is_compiled() -> None:
    mail = render(CONTENT)
    with pytest.raises(ValueError, match="damaged"):
        CompiledMail(replace(mail, html=mail.html.replace("iRiAsLoT000x", "iRiAsLoT=\r\n000x")), CONTENT)


def test_the_variants_of_an_edition_keep_each_reason_once() -> None:
    one, other = compile_all(dict.fromkeys((1, 2), render(CONTENT)), CONTENT).values()
    assert one.wire(READER, DATE) == other.wire(READER, DATE)
    assert one._reason.cache_info().misses == 1
    assert other._reason.cache_info().hits == 1


def test_what_all_mails_share_is_not_copied_for_each() -> None:
    """A long piece between slots is handed over as it is; joined, the pieces are the mail."""
    compiled = CompiledMail(render(CONTENT), CONTENT)
    for eight_bits in (False, True):
        one = compiled.pieces(READER, DATE, eight_bits)
        other = compiled.pieces(READER._replace(id=READER.id + 1, name="Bert"), DATE, eight_bits)
        shared = [piece for piece in one if any(piece is theirs for theirs in other)]
        assert sum(map(len, shared)) > len(b"".join(one)) // 2
        assert b"".join(one) == compiled.wire(READER, DATE, eight_bits)
        assert b"".join(other) != b"".join(one)
