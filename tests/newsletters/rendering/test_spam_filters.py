"""No kind of mail that we send has anything in it that SpamAssassin's own rules count against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from django.db import transaction

from newsletters.rendering import designs
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from subscribers import sample_editions
from tests.every_mail import ASKED, KINDS, LANGUAGES, SAMPLE, STAFF_KINDS, message_row, staff_row, wire
from tests.newsletters.rendering.sample import CONTENTS, READER
from tests.newsletters.rendering.test_strict import ARABIC, ARABIC_LIST, DATE
from tests.spamassassin import judge

INFORMATIONAL = 0.01  # what a rule scores that only says something, as HTML_MESSAGE does


def editions() -> Iterator[tuple[str, bytes]]:
    """Each content in each design, in 7 and 8 bit by turns: a rule that counts against one of them hits others too, and
    the program needs a sixth of a second for each mail."""
    for name, content in {**CONTENTS, "arabic-list": ARABIC_LIST}.items():
        for turn, design in enumerate((*designs.names(), designs.OWN)):
            designed = replace(content, design=design, own_mjml=EXAMPLE.read_text())
            mail = render(designed)
            reader = ARABIC if name == "arabic-list" else READER
            stuffed = CompiledMail(mail, designed).wire(reader, DATE, eight_bits=turn % 2 == 1)
            yield f"{name}, {design}, {'8bit' if turn % 2 else '7bit'}", stuffed.replace(b"\r\n.", b"\r\n")
            if not turn:
                test = build(mail, reader, designed, date=DATE, test=True)
                yield f"{name}, {design}, a test", test.message().as_bytes(linesep="\r\n")


def messages() -> Iterator[tuple[str, bytes]]:
    rows = [(kind, language) for kind in KINDS for language in LANGUAGES]
    for kind, language in [*rows, *((kind, "") for kind in STAFF_KINDS)]:
        with transaction.atomic():  # each has the same ids
            yield f"{kind}, {language}", wire(message_row(kind, language) if language else staff_row(kind))
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.either_database
def test_spamassassin_finds_nothing_in_any_kind_of_mail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sample_editions, "_sources", [lambda lists: {each.pk: SAMPLE for each in lists}])
    with time_machine.travel(ASKED, tick=False):
        mails = dict([*editions(), *messages()])
    judged = judge(mails, tmp_path)
    against = {
        name: found
        for name, found in judged.items()
        if found.score > 0.0 or max(found.rules.values(), default=0.0) > INFORMATIONAL
    }
    assert against == {}


def test_it_would_find_what_is_wrong(tmp_path: Path) -> None:
    """The colour trick by which preheaders used to be hidden."""
    html = (
        '<body style="background-color:#eef0f2"><div style="font-size:1px;color:#eef0f2">Hidden</div><p>Seen</p></body>'
    )
    mail = render(CONTENTS["few"])
    message = build(replace(mail, html=html), READER, CONTENTS["few"], date=DATE).message()
    judged = judge({"hidden": message.as_bytes(linesep="\r\n")}, tmp_path)["hidden"]
    assert judged.score > 0.0
    assert "HTML_FONT_LOW_CONTRAST" in judged.rules
