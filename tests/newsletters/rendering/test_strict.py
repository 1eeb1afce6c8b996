"""An edition's mails before a parser that forgives nothing: all designs and languages, in seven and in eight bits, made
by either path; and their heads as they go over the wire, as golden files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from newsletters.rendering import designs
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from newsletters.rendering.message import build, personal
from newsletters.rendering.recipients import Recipient
from tests import strict_mail
from tests.newsletters.rendering.golden_files import is_golden
from tests.newsletters.rendering.sample import CONTENTS, EVERY_BLOCK, NAMELESS, READER, RIGHT_TO_LEFT

DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
LONG = Recipient(
    123_456_789, "a-long-local-part-" * 3 + "x@a-long-domain-name.of-a-faraway-institute.example",
    "Maria do Carmo Mão de Ferro e Cunha de Almeida Santa Rita Santos Abreu", date(2025, 11, 4), ("Middle East",) * 9,
)  # fmt: skip
ARABIC = Recipient(
    11, "layla@example.org", "ليلى بنت عبد الله آل سعود العلوي المدغري", date(2025, 11, 4), ("الشرق الأوسط",) * 5
)
BEYOND_ASCII = READER._replace(email="jürgen.müller@bücher.example")
READERS = {"reader": READER, "nameless": NAMELESS, "long": LONG, "arabic": ARABIC, "beyond-ascii": BEYOND_ASCII}
ARABIC_LIST = replace(
    RIGHT_TO_LEFT, from_name="معهد إيريا", list_name="أخبار إيريا الأسبوعية والشهرية", cadence="weekly", weekdays=(1, 4)
)


def wires(recipient: Recipient, content: EditionContent) -> dict[str, bytes]:
    """As they arrive: stuffed dots are gone."""
    mail = render(content)
    compiled = CompiledMail(mail, content)
    sent = {
        "slow": build(mail, recipient, content, date=DATE).message().as_bytes(linesep="\r\n"),
        "seven": compiled.wire(recipient, DATE),
        "eight": compiled.wire(recipient, DATE, eight_bits=True),
    }
    return {path: wire if path == "slow" else wire.replace(b"\r\n.", b"\r\n") for path, wire in sent.items()}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("design", [*designs.names(), designs.OWN])
@pytest.mark.parametrize("name", [*CONTENTS, "arabic-list"])
def test_a_strict_reader_finds_nothing_wrong(name: str, design: str, reader: str) -> None:
    content = replace({**CONTENTS, "arabic-list": ARABIC_LIST}[name], design=design, own_mjml=EXAMPLE.read_text())
    recipient = READERS[reader]
    read = {
        path: strict_mail.read(wire, utf8=reader == "beyond-ascii") for path, wire in wires(recipient, content).items()
    }
    subject, _, text = personal(render(content), recipient, content, DATE)
    for one in read.values():
        assert one.subject == subject
        assert one.texts["plain"].rstrip("\n") == text.rstrip("\n")
        assert one.mailbox("From").name == content.from_name
        assert one.mailbox("To").name == recipient.name
    heads = [[field for field in one.raw if field[0] not in {"Content-Type", "Subject"}] for one in read.values()]
    assert heads[0] == heads[1] == heads[2]


def test_the_parts_say_which_bits_they_are_in() -> None:
    sent = wires(ARABIC, ARABIC_LIST)
    assert sent["slow"].isascii()
    assert sent["seven"].isascii()
    assert set(strict_mail.read(sent["eight"]).encodings.values()) == {"8bit"}


def test_an_address_beyond_ascii_is_the_only_utf8_in_a_head() -> None:
    for wire in wires(BEYOND_ASCII, ARABIC_LIST).values():
        head = wire.partition(b"\r\n\r\n")[0]
        assert head.replace("jürgen.müller@xn--bcher-kva.example".encode(), b"").isascii()


def test_senders_with_names_beyond_ascii_are_written_in_ascii(settings: Settings) -> None:
    settings.SITE_URL, settings.MAIL_DOMAIN = "https://bücher.example", "bücher.example"
    content = replace(EVERY_BLOCK, from_email="post@bücher.example", reply_to="redaktion@faß.example")
    for wire in wires(READER, content).values():
        read = strict_mail.read(wire)
        assert read.mailbox("From").address == "post@xn--bcher-kva.example"
        assert read["Reply-To"] == "redaktion@xn--fa-hia.example"
        assert read["List-Unsubscribe"].startswith("<https://xn--bcher-kva.example/unsubscribe/")
        assert read["Message-ID"].endswith("@xn--bcher-kva.example>")


def test_nobody_is_asked_to_leave_by_a_mail_that_nobody_reads() -> None:
    for wire in wires(READER, EVERY_BLOCK).values():
        assert "mailto:" not in strict_mail.read(wire)["List-Unsubscribe"]


def test_each_test_mail_is_a_message_of_its_own() -> None:
    made = [build(render(EVERY_BLOCK), READER, EVERY_BLOCK, date=DATE, test=True).message() for _ in range(2)]
    ids = {strict_mail.read(message.as_bytes(linesep="\r\n"))["Message-ID"] for message in made}
    assert len(ids) == 2
    assert all(each.startswith("<test.41.") for each in ids)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_head_is_the_golden_one(language: str) -> None:
    recipient, content = (READER, EVERY_BLOCK) if language == "en" else (ARABIC, ARABIC_LIST)
    head = wires(recipient, content)["seven"].partition(b"\r\n\r\n")[0].decode()
    lines = [line for line in head.split("\r\n") if not line.startswith(" boundary=")]
    assert is_golden("\n".join(lines) + "\n", f"head.{language}.txt")


def test_the_sentence_why_is_laid_out_like_the_text_around_it() -> None:
    content = replace(
        EVERY_BLOCK, list_name="The Weekly Review of International Law and Practice", cadence="weekly", weekdays=(1,)
    )
    recipient = LONG._replace(topics=("International humanitarian law", ".Dots", "The law of the sea", "Human rights"))
    for wire in wires(recipient, content).values():
        lines = strict_mail.read(wire).texts["plain"].splitlines()
        first = next(at for at, line in enumerate(lines) if line.startswith("You signed up on"))
        sentence = lines[first : lines.index("", first)]
        assert len(sentence) > 1
        assert all(len(line) <= 74 for line in sentence)
        assert " ".join(sentence).endswith("The law of the sea, Human rights.")
