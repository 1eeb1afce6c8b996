"""The database fails while messages are sent: who was not begun is due again at once, and nobody is sent to twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from mail.models import Message
from mail.outbox import sending
from mail.outbox.rounds import OutboxRounds
from mail.outbox.sending import send_due
from subscribers.models import MailingList
from tests.mail.outbox.scripted_server import ScriptedServer, asked

pytestmark = pytest.mark.django_db(transaction=True)

Execute = Callable[[str, Any, bool, Any], Any]
CLAIM = 'UPDATE "mail_message" SET "attempts"'
READER = 'FROM "subscribers_subscri'  # what a message says is read after the claim
TURN = 'FROM "mail_routerate"'
SETTLED = 'UPDATE "mail_message" SET "state"'


class Failing:
    """Fails at queries with these words: the first `times` of them, before or after they were carried out."""

    def __init__(self, words: str, error: Exception, *, times: int = 1, afterwards: bool = False) -> None:
        self.words, self.error, self.left, self.afterwards = words, error, times, afterwards
        self.claimed = False

    def __call__(self, execute: Execute, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        hit = self.words in sql and self.left > 0 and (self.claimed or self.words != READER)
        self.claimed = self.claimed or CLAIM in sql
        if not hit:
            return execute(sql, parameters, many, context)
        self.left -= 1
        if self.afterwards:
            execute(sql, parameters, many, context)
        raise self.error


def send_failing(failure: Failing) -> None:
    with connection.execute_wrapper(failure), pytest.raises(type(failure.error)):
        send_due()
    assert not failure.left


def is_due_again(row: Message) -> bool:
    row.refresh_from_db()
    return row.state == "waiting" and row.attempts == 0 and row.due_at <= timezone.now()


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection is closed")])
@pytest.mark.parametrize(
    ("words", "afterwards"), [(CLAIM, False), (CLAIM, True), (READER, False), (TURN, False)],
    ids=["claim", "claim whose answer is lost", "writing", "turn"],
)  # fmt: skip
def test_a_message_that_was_not_begun_is_due_again_at_once(
    words: str, afterwards: bool, error: Exception, iria_news: MailingList, server: ScriptedServer
) -> None:
    first, second = asked(iria_news), asked(iria_news, "bob@example.org")
    send_failing(Failing(words, error, afterwards=afterwards))
    assert is_due_again(first)
    assert is_due_again(second)
    assert not server.taken
    assert send_due() == 2
    assert sorted(message.to for message in server.taken) == [["ada@example.org"], ["bob@example.org"]]
    first.refresh_from_db()
    assert (first.state, first.attempts) == ("sent", 1)


def test_where_the_database_stays_away_it_is_told_by_the_next_round(
    iria_news: MailingList, server: ScriptedServer
) -> None:
    row = asked(iria_news)
    away = Failing(TURN, OperationalError("the database system is shutting down"))
    told = Failing(CLAIM, OperationalError("the database system is shutting down"), times=0)

    def stay_away(execute: Execute, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        told.left = not away.left  # from the first failure on
        return told(execute, sql, parameters, many, context)

    with connection.execute_wrapper(stay_away):
        send_failing(away)
    assert not is_due_again(row), "nobody could tell"
    rounds = iter([False, True])
    OutboxRounds(lambda _seconds: next(rounds))._run()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 1)
    assert len(server.taken) == 1


def test_a_message_that_may_have_been_taken_keeps_its_lease(iria_news: MailingList, server: ScriptedServer) -> None:
    row = asked(iria_news)
    send_failing(Failing(SETTLED, OperationalError("database is locked")))
    assert len(server.taken) == 1
    row.refresh_from_db()
    assert row.attempts == 1
    assert row.due_at > timezone.now() + sending.LEASE / 2
    assert send_due() == 0
    assert len(server.taken) == 1


@pytest.mark.postgres_only
def test_a_session_that_is_ended_in_between_costs_nobody_a_wait(iria_news: MailingList, server: ScriptedServer) -> None:
    row = asked(iria_news)
    ended: list[int] = []

    def end_session(execute: Execute, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if TURN in sql and not ended:
            ended.append(connection.connection.info.backend_pid)
            with psycopg.connect(
                connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]
            ) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", ended)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(end_session), pytest.raises(OperationalError):
        send_due()
    assert ended
    assert is_due_again(row)
    assert send_due() == 1
