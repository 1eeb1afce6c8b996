"""Every kind of message in every language, before a parser that forgives nothing; their heads as golden files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from mail.outbox.kinds import registered_kinds
from subscribers import sample_editions
from tests import strict_mail
from tests.every_mail import ASKED, KINDS, LANGUAGES, SAMPLE, STAFF_KINDS, message_row, staff_row, wire

pytestmark = pytest.mark.either_database
GOLDEN = Path(__file__).parent / "golden"
WITH_BUTTONS = {"edition_drafted"}  # of the mails to staff


@pytest.fixture(autouse=True)
def _a_moment_with_a_sample(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sample_editions, "_sources", [lambda lists: {each.pk: SAMPLE for each in lists}])
    with time_machine.travel(ASKED, tick=False):
        yield


def test_no_kind_is_left_out() -> None:
    assert {kind.name for kind in registered_kinds()} == {name.partition(".")[0] for name in (*KINDS, *STAFF_KINDS)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_strict_reader_finds_nothing_wrong_with_a_message(kind: str, language: str) -> None:
    row = message_row(kind, language, list_name="أخبار إيريا" if language == "ar" else "IRIA News")
    row.created_at = ASKED
    sent = wire(row)
    assert sent.isascii()
    assert set(strict_mail.read(sent).texts) == {"plain", "html"}
    head = sent.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
    made = "".join(f"{line}\n" for line in head.split("\n") if not line.startswith(" boundary="))
    golden = GOLDEN / f"{kind}.{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(made)
    assert made == golden.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_to_an_address_beyond_ascii(kind: str) -> None:
    read = strict_mail.read(wire(message_row(kind, "ar", email="jürgen@bücher.example")), utf8=True)
    assert read["To"] == "jürgen@xn--bcher-kva.example"


@pytest.mark.parametrize("kind", STAFF_KINDS)
def test_a_strict_reader_finds_nothing_wrong_with_a_message_to_staff(kind: str) -> None:
    sent = wire(staff_row(kind))
    assert sent.isascii()
    read = strict_mail.read(sent)
    assert set(read.texts) == ({"plain", "html"} if kind in WITH_BUTTONS else {"plain"})
    assert read["Message-ID"].endswith("@news.iria.example>")
    lines = read.texts["plain"].splitlines()
    assert all(len(line) <= 76 for line in lines if "://" not in line)
    where = "https://news.iria.example/" if kind == "trial" else "https://news.iria.example/admin/"
    assert any(f"{line}/".startswith(where) for line in lines)


def test_a_request_for_approval_says_the_subject_as_readers_will_see_it() -> None:
    text = strict_mail.read(wire(staff_row("approval_requested"))).texts["plain"]
    assert "“Übersicht 1 for you: A lab visit 👩\u200d🔬 explains the drought”" in " ".join(text.split())


def test_mails_of_a_site_with_a_name_beyond_ascii(settings: Settings) -> None:
    settings.SITE_URL, settings.MAIL_DOMAIN = "https://bücher.example", "bücher.example"
    settings.DEFAULT_FROM_EMAIL = "Bücher <post@bücher.example>"
    for row in (message_row("welcome", "ar"), staff_row("comments_held")):
        sent = wire(row)
        assert strict_mail.read(sent)["Message-ID"].endswith("@xn--bcher-kva.example>")
        assert sent.isascii()
