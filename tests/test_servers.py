"""The servers of the tests: they answer, they end with their user, and the judge writes down what it took."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from iria import env
from tests.processes import wait_until
from tests.servers import Postgres, Redis
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


def test_a_server_ends_when_the_process_that_asked_for_it_is_killed() -> None:
    script = (
        "import sys, time; from tests.servers import Redis; r = Redis(); print(r.port, flush=True); time.sleep(600)"
    )
    user = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    with user.stdout:
        port = int(user.stdout.readline())
    probe = Redis.__new__(Redis)  # the probe only: it starts nothing
    probe.port = port
    assert probe.answers()
    user.send_signal(signal.SIGKILL)
    user.wait()
    wait_until(lambda: not probe.answers(), "the server ended with its user")


def test_postgres_and_redis_come_from_wheels_where_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRIA_TEST_SERVERS", "wheels")
    with Postgres() as server, Redis() as redis:
        where = env.database("TEST_DATABASE_URL", server.database("another"))
        with psycopg.connect(host=where["HOST"], dbname=where["NAME"], user=where["USER"]) as connection:
            assert connection.execute("SELECT lower('Ä')").fetchone() == ("ä",)
        assert redis.answers()
        folder = server.folder
    assert not folder.exists()


def test_the_wrapped_command_gets_both_addresses_and_its_status_comes_back() -> None:
    check = "import os, sys; sys.exit(7 if os.environ['TEST_DATABASE_URL'] and os.environ['TEST_REDIS_URL'] else 1)"
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers", "--", sys.executable, "-c", check],
        cwd=ROOT, env=dict(os.environ), check=False,
    )  # fmt: skip
    assert done.returncode == 7


def test_the_judge_does_as_the_recipient_says(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as client:
        client.sendmail("a@x.example", ["anna@x.example"], b"Subject: One\r\n\r\n.dot\r\n")
        for address, code in (("reject-b@x.example", 550), ("defer-c@x.example", 451), ("deferonce-d@x.example", 451)):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("a@x.example", [address], b"Subject: Two\r\n\r\n")
            assert refused.value.recipients[address][0] == code
        client.sendmail("a@x.example", ["deferonce-d@x.example"], b"Subject: Two\r\n\r\n")
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail("a@x.example", ["refuse-e@x.example"], b"Subject: Two\r\n\r\n")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@x.example", ["drop-f@x.example"], b"Subject: Two\r\n\r\n")
    assert [(mail.recipients, mail.answered) for mail in smtp_server.taken()] == [
        (("anna@x.example",), True),
        (("deferonce-d@x.example",), True),
        (("drop-f@x.example",), False),
    ]
    assert smtp_server.taken()[0].raw.endswith(b"\r\n\r\n.dot\r\n")
    assert smtp_server.copies(subject="Two") == {"deferonce-d@x.example": 1, "drop-f@x.example": 1}
