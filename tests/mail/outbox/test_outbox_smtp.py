"""The outbox against real SMTP servers: what they took, and what their answers led to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone
from pytest_django import Settings

from iria import env
from mail.models import Message, RouteRate
from mail.outbox.sending import send_due
from mail.return_paths import Returned, ReturnPath, read_return_path
from mail.routing import close_transports
from mail.transport import bare_address
from subscribers.models import MailingList
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from tests.factories import make_list
from tests.newsletters.delivery.conftest import Clock
from tests.servers import free_port
from tests.smtp_server import SmtpServer


def ask(mailing_list: MailingList, *emails: str) -> list[Message]:
    for email in emails:
        request_subscription(SignupRequest(email=email, lists=[mailing_list]))
    return list(Message.objects.order_by("pk"))


def state(row: Message) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reply


def test_each_recipients_answer_decides_about_that_recipient_alone(iria_news: MailingList, smtp: SmtpServer) -> None:
    names = ("fine", "reject-me", "defer-me", "refuse-me", "last")
    fine, rejected, deferred, refused, last = ask(iria_news, *(f"{name}@example.org" for name in names))
    assert send_due() == 2
    assert state(fine) == ("sent", "")
    assert state(rejected) == ("failed", "550 5.1.1 No such user here")
    assert state(deferred) == ("waiting", "451 4.2.1 Mailbox busy, try again later")
    assert state(refused) == ("failed", "554 5.7.1 Message refused")
    assert state(last) == ("sent", "")
    assert [mail.recipients for mail in smtp.taken()] == [("fine@example.org",), ("last@example.org",)]


def test_each_message_has_a_return_path_of_its_own_if_there_is_a_domain_for_them(
    iria_news: MailingList, smtp: SmtpServer, settings: Settings
) -> None:
    ask(iria_news, "before@example.org")
    send_due()
    (before,) = smtp.taken()
    assert before.sender == bare_address(str(before.message["From"]))
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    rows = ask(iria_news, "ada@example.org", "bob@example.org")[1:]
    send_due()
    senders = {mail.recipients[0]: read_return_path(mail.sender) for mail in smtp.taken()[1:]}
    assert senders == {row.address: ReturnPath(Returned.MESSAGE, row.pk) for row in rows}


def test_no_message_with_a_link_to_this_machine_reaches_a_mail_server(
    iria_news: MailingList, smtp: SmtpServer, settings: Settings
) -> None:
    settings.SITE_URL, settings.SITE_IS_LOCAL, settings.INBOX_ENABLED = "http://localhost:8000", True, False
    close_transports()
    (row,) = ask(iria_news, "ada@example.org")
    assert send_due() == 0
    assert state(row)[0] == "waiting"
    assert "http://localhost:8000" in state(row)[1] and "SITE_URL" in state(row)[1]
    assert smtp.connections() == 0

    settings.SITE_URL, settings.SITE_IS_LOCAL = "https://news.iria.example", False
    close_transports()
    Message.objects.update(due_at=timezone.now())
    assert send_due() == 1
    assert state(row) == ("sent", "")


def test_a_sender_that_is_rejected_holds_up_its_own_list_alone(iria_news: MailingList, smtp: SmtpServer) -> None:
    other = make_list(name="Other", from_email="unwanted@iria.example")
    waits = ask(other, "ada@example.org", "bob@example.org")
    *_, goes = ask(iria_news, "carol@example.org")
    assert send_due() == 1
    assert [state(row) for row in waits] == [("waiting", "550 5.7.1 Sender rejected")] * 2
    assert state(goes) == ("sent", "")


def test_the_mail_on_the_wire_has_both_parts_and_one_address(iria_news: MailingList, smtp: SmtpServer) -> None:
    ask(iria_news, "ada@example.org")
    send_due()
    (taken,) = smtp.taken()
    assert taken.sender == "news@iria.example"
    assert taken.message["To"] == "ada@example.org"
    assert taken.text().count("https://") == 1
    link = next(word for word in taken.text().split() if word.startswith("https://"))
    assert f'href="{link}"' in taken.html()
    assert max(len(line) for line in taken.raw.split(b"\r\n")) <= 998


def test_a_connection_lost_after_the_final_dot_means_once_more_with_the_same_message_id(
    iria_news: MailingList, smtp: SmtpServer
) -> None:
    (row,) = ask(iria_news, "drop-me@example.org")
    assert send_due() == 0
    assert state(row)[0] == "waiting"
    Message.objects.update(due_at=row.created_at)
    send_due()
    first, second = smtp.taken()
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_a_server_that_is_down_costs_nobody_anything_and_its_return_is_enough(
    iria_news: MailingList, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.stop()
    first, second = ask(iria_news, "ada@example.org", "bob@example.org")
    assert send_due() == 0
    assert state(first)[0] == state(second)[0] == "waiting"
    assert state(first)[1].endswith("cannot be reached: nothing listens there.")
    assert state(second) == ("waiting", "")
    clock.now += 5.1
    Message.objects.update(due_at=first.created_at)
    with SmtpServer(smtp.folder, port=smtp.port) as back:
        assert send_due() == 2
        assert back.count() == 2


def test_too_fast_is_no_attempt_and_it_goes_a_moment_later(
    iria_news: MailingList, tmp_path: Path, settings: Settings
) -> None:
    (row,) = ask(iria_news, "ada@example.org")
    words = "454 Throttling failure: Maximum sending rate exceeded."
    with SmtpServer(tmp_path / "smtp", rate=0.0001, too_fast=words) as busy:
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", busy.url)
        (other,) = ask(iria_news, "bob@example.org")[1:]
        assert send_due() == 1  # the one that it takes
        row.refresh_from_db()
        waits = row if row.state == "waiting" else other
        assert state(waits) == ("waiting", words)
        assert waits.attempts == 0
        assert waits.due_at - timezone.now() < timedelta(seconds=10)
        assert RouteRate.objects.get().words == words


# --- Addresses beyond ASCII -------------------------------------------------------------------------------------


class Catcher:
    """Keeps what an SMTPUTF8 server took."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 2.0.0 taken"


class Utf8Controller(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=True, hostname="utf8.invalid", loop=self.loop)


@pytest.fixture
def utf8_server(settings: Settings) -> Iterator[Catcher]:
    catcher = Catcher()
    port = free_port()
    controller = Utf8Controller(catcher, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{port}")
    yield catcher
    controller.stop()


def test_an_address_beyond_ascii_is_mailed_by_smtputf8(iria_news: MailingList, utf8_server: Catcher) -> None:
    rows = ask(iria_news, "josé@example.org", "ada@bücher.example")
    assert send_due() == 2
    assert [state(row) for row in rows] == [("sent", ""), ("sent", "")]
    jose, ada = utf8_server.taken
    assert jose.rcpt_tos == ["josé@example.org"]
    assert ada.rcpt_tos == ["ada@xn--bcher-kva.example"]
    assert isinstance(jose.content, bytes)
    message = message_from_bytes(jose.content, policy=policy.SMTPUTF8)
    assert message["To"] == "josé@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().count("https://") == 1


def test_a_server_without_smtputf8_is_told_apart_from_a_reader_without_mailbox(
    iria_news: MailingList, smtp: SmtpServer
) -> None:
    jose, ada = ask(iria_news, "josé@example.org", "ada@example.org")
    assert send_due() == 1
    assert state(jose)[0] == "failed"
    assert "SMTPUTF8" in state(jose)[1]
    assert state(ada) == ("sent", "")
