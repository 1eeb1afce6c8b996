"""SpamAssassin's daemon, as its protocol says (spamd/PROTOCOL): a server of three lines."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from newsletters.editions.preflight import spam

MAIL = b"Subject: Hello\r\n\r\nWords"


@pytest.fixture
def spamd(settings: Settings) -> Iterator[dict[str, bytes]]:
    told = {"answer": b"", "asked": b""}
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.SPAMD = server.getsockname()

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                told["asked"] = b"".join(iter(lambda: connection.recv(4096), b""))
                connection.sendall(told["answer"])

        thread = threading.Thread(target=serve)
        thread.start()
        yield told
        thread.join(5)


def test_the_score_and_the_rules_are_read(spamd: dict[str, bytes]) -> None:
    spamd["answer"] = b"SPAMD/1.1 0 EX_OK\r\nContent-length: 24\r\nSpam: True ; 6.3 / 5.0\r\n\r\nHTML_MESSAGE,NO_DATE"
    found = spam.score(MAIL)
    assert found == {"score": 6.3, "limit": 5.0, "rules": ["HTML_MESSAGE", "NO_DATE"]}
    assert spamd["asked"].startswith(b"SYMBOLS SPAMC/1.5\r\n")
    assert spamd["asked"].endswith(MAIL)


def test_an_answer_that_is_none_is_said_and_not_taken_for_good(spamd: dict[str, bytes]) -> None:
    spamd["answer"] = b"SPAMD/1.1 76 Bad header line\r\n\r\n"
    assert spam.score(MAIL) == {"problem": "SpamAssassin gave an answer we don't understand."}


def test_a_daemon_that_is_away_is_said(settings: Settings) -> None:
    settings.SPAMD = ("127.0.0.1", 1)
    assert spam.score(MAIL)["problem"].startswith("We couldn't reach SpamAssassin")
