"""An answer of a person is passed on whatever its sender's program wrote into its fields."""

from __future__ import annotations

import pytest

from mail.models import Message
from mail.outbox.kinds import write_message
from mail.return_paths import message_path
from newsletters.events.receiving.mail import receive
from tests.newsletters.events.incoming_mail.mails import mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]


@pytest.mark.parametrize(
    ("sender", "answers_to"),
    [
        ("Ada <ada@reader.example>", "ada@reader.example"),
        ('"a\\"b"@reader.example', None),
        ("x", None),
        ("(((((((@", None),
    ],
)
def test_an_answer_is_passed_on_whoever_wrote_it(sender: str, answers_to: str | None) -> None:
    message = Message.objects.create(kind="confirmation", address="ada@reader.example", due_at="2026-01-01T00:00Z")
    receive(mail(sender, "Re: News", "Who counted?"), recipient=message_path(message.pk, ""))
    forwarded = Message.objects.get(kind="reply_forwarded")
    written = write_message(forwarded)
    assert written.reply_to == ([answers_to] if answers_to else [])
    written.to = [forwarded.address]
    assert b"Who counted?" in written.message().as_bytes()
