"""Returned mail is taken out of a mailbox once it is kept; what isn't ours stays there, unread."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.utils import timezone

from lib.mailbox_accounts import ImapMailbox
from newsletters.events.incoming_mail.mail_files import NotReadable
from newsletters.events.mailboxes import imap, lmtp, maildir
from newsletters.events.receiving import mail
from newsletters.models import Edition, Feedback, PolledMailbox, RawEvent
from subscribers.models import Subscriber
from tests.dovecot import deliver, imap_server
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.incoming_mail.mails import mail as some_mail
from tests.newsletters.events.sent_mail import UNKNOWN, bounce, path_of, sent_to
from tests.processes import wait_until
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
PRIVATE = some_mail("a.friend@example.org", "Lunch?", "At noon.")
FORGED = bounce("b-e-1-1-00" + "0" * 32 + "@bounce.iria.example", "ada@reader.example", UNKNOWN)


@pytest.fixture
def bounces() -> list[bytes]:
    """Three bounces of one edition."""
    mailing_list = make_list()
    people = [make_reader(mailing_list, email=f"r{number}@reader.example") for number in range(3)]
    edition = make_edition(make_newsletter(mailing_list))
    sent_to(edition, *people)
    return [bounce(path_of(edition, person), person.email, UNKNOWN) for person in people]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    return tmp_path / "Maildir"


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def suppressed() -> int:
    return Subscriber.objects.filter(is_suppressed=True).count()


class TestMaildir:
    def test_takes_what_is_ours_and_leaves_the_rest(self, box: Path, bounces: list[bytes]) -> None:
        for number, raw in enumerate([*bounces, PRIVATE, FORGED]):
            deliver(box, f"{number}.host", raw)
        assert maildir.fetch(box) == 3
        assert suppressed() == 3
        assert sorted(file.name for file in (box / "new").iterdir()) == ["3.host", "4.host"]
        assert maildir.fetch(box) == 0

    def test_a_mail_that_another_program_has_marked_as_read_is_taken_too(self, box: Path, bounces: list[bytes]) -> None:
        (box / "cur" / "1.host:2,S").write_bytes(bounces[0])
        assert maildir.fetch(box) == 1

    def test_a_mail_that_could_not_be_kept_stays(
        self, box: Path, bounces: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deliver(box, "1.host", bounces[0])

        def fail(*_: object, **__: object) -> None:
            raise DatabaseError

        with monkeypatch.context() as patched:
            patched.setattr(mail, "keep_once", fail)
            with pytest.raises(DatabaseError):
                maildir.fetch(box)
        assert maildir.fetch(box) == 1
        assert suppressed() == 1

    def test_a_file_that_cannot_be_read_keeps_no_other(
        self, box: Path, bounces: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, raw in enumerate(bounces):
            deliver(box, f"{number}.host", raw)
        is_ours = mail.is_ours

        def fail(raw: bytes) -> bool:
            if raw == bounces[0]:
                raise PermissionError(13, "Permission denied", "0.host")
            return is_ours(raw)

        monkeypatch.setattr(mail, "is_ours", fail)
        with pytest.raises(NotReadable, match=r"a mail can't be read or deleted: Permission denied \(0.host\)\."):
            maildir.fetch(box)
        assert suppressed() == 2
        assert PolledMailbox.objects.get().error.startswith("BOUNCE_MAILDIR: a mail")
        monkeypatch.setattr(mail, "is_ours", is_ours)
        assert maildir.fetch(box) == 1
        assert PolledMailbox.objects.get().error == ""

    def test_a_folder_that_is_none_is_said_in_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(NotReadable, match="BOUNCE_MAILDIR isn't a Maildir"):
            maildir.fetch(tmp_path)


class TestImap:
    @pytest.fixture
    def server(self) -> Iterator[tuple[ImapMailbox, Path]]:
        with imap_server() as server:
            yield server

    @staticmethod
    def later() -> None:
        PolledMailbox.objects.update(looked_at=timezone.now() - timedelta(minutes=2))

    def test_takes_what_is_ours_and_leaves_the_rest_unread(
        self, server: tuple[ImapMailbox, Path], bounces: list[bytes]
    ) -> None:
        account, box = server
        for number, raw in enumerate([bounces[0], PRIVATE, bounces[1], FORGED]):
            deliver(box, f"{number}.host", raw)
        assert imap.fetch(account) == 2
        assert suppressed() == 2
        with imaplib.IMAP4(account.host, account.port) as connection:
            connection.login(account.username, account.password)
            connection.select("INBOX", readonly=True)
            assert [len(words.split()) for words in connection.search(None, "ALL")[1]] == [2]
            assert [len(words.split()) for words in connection.search(None, "UNSEEN")[1]] == [2]
        assert imap.fetch(account) == 0  # too soon: another worker may be looking
        deliver(box, "9.host", bounces[2])
        self.later()
        assert imap.fetch(account) == 1
        assert suppressed() == 3

    def test_a_look_that_ends_halfway_goes_on_at_the_next(
        self, server: tuple[ImapMailbox, Path], bounces: list[bytes]
    ) -> None:
        account, box = server
        for number, raw in enumerate([PRIVATE, *bounces]):
            deliver(box, f"{number}.host", raw)
        assert imap.fetch(account, most=2) == 1
        self.later()
        assert imap.fetch(account) == 2
        assert RawEvent.objects.count() == Feedback.objects.count() == 3

    def test_a_password_beyond_ascii_is_said_in_a_sentence_without_it(self, server: tuple[ImapMailbox, Path]) -> None:
        account, _box = server
        with pytest.raises(NotReadable, match="beyond ASCII") as said:
            imap.fetch(ImapMailbox(account.host, account.port, "bounces", "geheimß", tls="none"))
        assert "geheim" not in str(said.value)

    def test_a_wrong_password_is_said_in_a_sentence_without_it(self, server: tuple[ImapMailbox, Path]) -> None:
        account, _box = server
        wrong = ImapMailbox(account.host, account.port, "bounces", "wrong-secret", tls="none")
        with pytest.raises(NotReadable) as said:
            imap.fetch(wrong)
        assert "BOUNCE_IMAP, INBOX of bounces at 127.0.0.1" in str(said.value)
        assert "wrong-secret" not in str(said.value)
        assert PolledMailbox.objects.get().error == str(said.value)


class TestLmtp:
    @pytest.fixture
    def port(self, request: pytest.FixtureRequest) -> Iterator[int]:
        port, started = free_port(), threading.Event()
        ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

        async def serve() -> None:
            stop = asyncio.Event()
            ends.append((asyncio.get_running_loop(), stop))
            started.set()
            await lmtp.listen("127.0.0.1", port, stop, by_smtp=hasattr(request, "param"))

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        assert started.wait(10)
        wait_until(partial(is_listening, port), "it listens")
        yield port
        loop, stop = ends[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)

    @pytest.mark.django_db(transaction=True)
    def test_takes_mail_to_our_return_paths_alone(self, port: int) -> None:
        ada = make_reader(make_list(), email="ada@reader.example")
        edition: Edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
        sent_to(edition, ada)
        path = path_of(edition, ada)
        raw = bounce("somebody@else.example", ada.email, UNKNOWN).replace(b"\n", b"\r\n")
        with smtplib.LMTP("127.0.0.1", port) as client:
            refused = client.sendmail("", [path, "anybody@bounce.iria.example"], raw)
            assert list(refused) == ["anybody@bounce.iria.example"]
            assert refused["anybody@bounce.iria.example"][0] == 550
        assert suppressed() == 1

    @pytest.mark.parametrize("port", ["smtp"], indirect=True)
    @pytest.mark.django_db(transaction=True)
    def test_by_smtp_as_well_with_one_answer_for_all(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        edition = make_edition()
        people = [make_reader(make_list(), email=f"r{number}@reader.example") for number in range(2)]
        sent_to(edition, *people)
        paths = [path_of(edition, person) for person in people]
        raw = bounce("somebody@else.example", people[0].email, UNKNOWN).replace(b"\n", b"\r\n")
        with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.reader.example") as client:
            assert list(client.sendmail("", [paths[0], "anybody@bounce.iria.example"], raw)) == [
                "anybody@bounce.iria.example"
            ]
            assert suppressed() == 1
            client.sendmail("", paths, b"Subject: x\r\n\r\nx")
            assert client.noop()[0] == 250, "no answer is left over"
            monkeypatch.setattr(lmtp, "MOST_OCTETS", 3)
            with pytest.raises(smtplib.SMTPDataError) as said:
                client.sendmail("", paths, b"Subject: x\r\n\r\nx")
            assert said.value.smtp_code == 552
            assert client.noop()[0] == 250

    @pytest.mark.parametrize("port", ["smtp"], indirect=True)
    def test_a_session_by_smtp_ends(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lmtp._SmtpSession, "seconds", 0.05)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            assert client.recv(3) == b"220"
            while client.recv(100):
                continue

    @pytest.mark.django_db(transaction=True)
    def test_takes_and_forgets_what_nobody_asked_for(self, port: int) -> None:
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.sendmail("", ["unsubscribe@bounce.iria.example"], PRIVATE.replace(b"\n", b"\r\n")) == {}
        assert not RawEvent.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_asks_for_it_again_while_the_database_fails(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise DatabaseError

        monkeypatch.setattr(mail, "keep_once", fail)
        edition = make_edition()
        path = path_of(edition, make_reader(make_list()))
        with smtplib.LMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPDataError) as said:
            client.sendmail("", [path], b"Subject: x\r\n\r\nx")
        assert said.value.smtp_code == 451
