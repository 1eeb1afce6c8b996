"""The links of a reader in an edition say when its mail was written, on the fast path as on the slow one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.test import override_settings

from newsletters.rendering import message
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.mail import render
from newsletters.rendering.recipients import Recipient
from subscribers.tokens import Purpose, read
from tests.newsletters.rendering.sample import CONTENT

WRITTEN = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
ADA = Recipient(7, "ada@example.org", "Ada", date(2026, 1, 1))
LINK, LEAVE = re.compile(r"/preferences/([\w-]+)/"), re.compile(r"/unsubscribe/([\w-]+)/")


def tokens_in(text: str, html: str) -> set[str]:
    return {*LINK.findall(text), *LINK.findall(html)}


@pytest.mark.parametrize("eight_bits", [False, True])
def test_both_parts_say_the_moment_of_the_mail_and_each_hand_out_its_own(eight_bits: bool) -> None:
    compiled = CompiledMail(render(CONTENT), CONTENT)
    for written in (WRITTEN, WRITTEN + timedelta(hours=5), WRITTEN):
        mail = message_from_bytes(compiled.wire(ADA, written, eight_bits=eight_bits), policy=policy.default)
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        (token,) = tokens_in(*parts)
        assert read(Purpose.PREFERENCES, token) == (7, int(written.timestamp()))
        slow = message.build(render(CONTENT), ADA, CONTENT, date=written)
        assert tokens_in(str(slow.body), str(slow.alternatives[0][0])) == {token}


@pytest.mark.parametrize("eight_bits", [False, True])
def test_the_links_to_unsubscribe_say_it_in_both_parts_and_the_header(eight_bits: bool) -> None:
    compiled = CompiledMail(render(CONTENT), CONTENT)
    for written in (WRITTEN, WRITTEN + timedelta(hours=5), WRITTEN):
        mail = message_from_bytes(compiled.wire(ADA, written, eight_bits=eight_bits), policy=policy.default)
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        slow = message.build(render(CONTENT), ADA, CONTENT, date=written)
        said = [*parts, str(mail["List-Unsubscribe"]), str(slow.body), str(slow.alternatives[0][0]),
                slow.extra_headers["List-Unsubscribe"]]  # fmt: skip
        each = [set(LEAVE.findall(text)) for text in said]
        assert all(tokens == each[0] for tokens in each)
        (token,) = each[0]
        expected = (7, CONTENT.list_id, CONTENT.edition_id, int(written.timestamp()))
        assert read(Purpose.UNSUBSCRIBE, token) == expected


def test_another_secret_signs_what_is_compiled_with_it() -> None:
    CompiledMail(render(CONTENT), CONTENT).wire(ADA, WRITTEN)
    with override_settings(SECRET_KEY="another" * 8):
        wire = CompiledMail(render(CONTENT), CONTENT).wire(ADA, WRITTEN).decode()
        (token,) = {*LINK.findall(wire.replace("=\r\n", ""))}
        assert read(Purpose.PREFERENCES, token)[0] == 7


def test_a_preview_says_no_moment() -> None:
    _subject, html, text = message.personal(render(CONTENT), ADA, CONTENT)
    (token,) = tokens_in(text, html)
    assert read(Purpose.PREFERENCES, token) == (7,)
