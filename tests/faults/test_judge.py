"""The judge is judged: what it writes down, and that it would notice."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.judge import Judge
from tests.processes import wait_until

pytestmark = pytest.mark.fault


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    with Judge(tmp_path / "judge") as running:
        yield running


def mail(subscriber: int, text: str = "Hello.") -> bytes:
    return f"Subject: One\r\nMessage-ID: <edition.7.{subscriber}@x.example>\r\n\r\n{text}\r\n".encode()


def send(judge: Judge, address: str, subscriber: int = 1) -> int:
    """The code with which it ended; 0 for no answer."""
    try:
        with smtplib.SMTP("127.0.0.1", judge.port, timeout=20) as client:
            client.sendmail("a@x.example", [address], mail(subscriber))
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[address][0]
    except smtplib.SMTPResponseException as refused:
        return int(refused.smtp_code)
    except smtplib.SMTPServerDisconnected:
        return 0
    return 250


def test_each_name_gets_its_answer_and_counts_as_taken_or_not(judge: Judge) -> None:
    names = {
        "anna": [250, 250], "reject": [550, 550], "defer": [451, 451], "deferonce": [451, 250], "pre421": [421, 250],
        "refuse": [554, 554], "perm550": [550, 550], "temp451": [451, 250], "temp421": [421, 250], "drop": [0, 0],
    }  # fmt: skip
    for name, codes in names.items():
        assert [send(judge, f"{name}-1@x.example") for _ in codes] == codes, name
    assert judge.copies(7) == {
        "anna-1@x.example": 2, "deferonce-1@x.example": 1, "pre421-1@x.example": 1, "temp451-1@x.example": 1,
        "temp421-1@x.example": 1, "drop-1@x.example": 2,
    }  # fmt: skip
    assert judge.answered(7) == set(judge.copies(7)) - {"drop-1@x.example"}
    assert judge.count() == judge.count(7) == 8
    assert judge.copies(8) == {}
    assert {each.subscriber for each in judge.complete(7)} == {1}


def test_a_mail_without_its_final_dot_was_never_there(judge: Judge) -> None:
    with closing(socket.create_connection(("127.0.0.1", judge.port))) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + mail(1))
    assert send(judge, "anna-1@x.example") == 250
    assert set(judge.copies(7)) == {"anna-1@x.example"}


def test_pipelined_mails_are_answered_in_order_and_dots_may_come_in_pieces(judge: Judge) -> None:
    envelope = b"MAIL FROM:<a@x.example>\r\nRCPT TO:<anna-%d@x.example>\r\nDATA\r\n"
    with closing(socket.create_connection(("127.0.0.1", judge.port), timeout=20)) as client:
        client.sendall(b"EHLO x\r\n" + envelope % 1)
        for piece in (mail(1), b"..two dots\r\n", b".", b"\r\n" + envelope % 2, mail(2) + b".\r\nQUIT\r\n"):
            client.sendall(piece)
        answers = b""
        while data := client.recv(65_536):
            answers += data
    codes = [line[:3] for line in answers.split(b"\r\n") if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert judge.copies(7) == {"anna-1@x.example": 1, "anna-2@x.example": 1}


def test_an_answer_that_nobody_waited_for_is_told_apart(judge: Judge) -> None:
    judge.become(delay=30)
    with closing(socket.create_connection(("127.0.0.1", judge.port))) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + mail(1) + b".\r\n")
        wait_until(lambda: judge.count(7) == 1, "the mail is there")
    judge.become(delay=0.05)
    assert send(judge, "anna-1@x.example") == 250
    assert judge.copies(7) == {"b@x.example": 1, "anna-1@x.example": 1}
    assert judge.answered(7) == {"anna-1@x.example"}


def test_mail_begins_when_it_arrives_and_not_when_its_turn_has_come(judge: Judge) -> None:
    judge.become(delay=0.4)
    envelope = b"MAIL FROM:<a@x.example>\r\nRCPT TO:<anna-%d@x.example>\r\nDATA\r\n"
    before = time.time()
    with closing(socket.create_connection(("127.0.0.1", judge.port), timeout=20)) as client:
        client.sendall(b"EHLO x\r\n" + envelope % 1 + mail(1) + b".\r\n" + envelope % 2 + mail(2) + b".\r\n")
        wait_until(lambda: judge.count(7) == 2, "both are there")
    first, second = judge.complete(7)
    assert before <= second.began < first.at + 0.3
    assert second.at - first.at > 0.3


def test_a_tarpit_takes_what_it_was_given_once_it_is_none_any_more(judge: Judge) -> None:
    judge.become(tarpits=1, tarpits_of=2)
    with closing(socket.create_connection(("127.0.0.1", judge.port))) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + mail(1) + b".\r\n")
        assert send(judge, "anna-1@x.example") == 250
        assert judge.copies(7) == {"anna-1@x.example": 1}
        assert judge.tarpits == 1
        judge.become(tarpits=0)
        wait_until(lambda: judge.count(7) == 2, "the tarpit took its mail")


def test_after_a_crash_of_the_judge_everything_is_remembered(judge: Judge) -> None:
    assert send(judge, "anna-1@x.example") == 250
    judge.stop()
    with pytest.raises(ConnectionError):
        send(judge, "bert-1@x.example")
    judge.start()
    assert send(judge, "carl-1@x.example") == 250
    assert judge.copies(7) == {"anna-1@x.example": 1, "carl-1@x.example": 1}


def test_tls_is_offered_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    import ssl

    from tests.faults.judge import CERTIFICATE

    with Judge(tmp_path / "judge", tls=True) as judge, smtplib.SMTP("localhost", judge.port, timeout=20) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(CERTIFICATE)))
        client.sendmail("a@x.example", ["anna@x.example"], mail(1))
        assert judge.copies(7) == {"anna@x.example": 1}
