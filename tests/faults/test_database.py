"""PostgreSQL cut off in the middle of a send: what was answered is in the ledger, and nobody gets it twice.

The server waits for the disk here, as an installation's must: an answer that was committed survives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.clerk import Clerk
from tests.conftest import missing
from tests.faults.judge import Judge
from tests.faults.sizes import SIZE
from tests.faults.trial import House, Trial, Workers
from tests.servers import Postgres, Redis, ServerMissing

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
RESUMES = 90.0


@dataclass(frozen=True)
class Cut:
    """An installation whose database is taken away."""

    clerk: Clerk
    judge: Judge
    postgres: Postgres
    workers: Workers


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    folder = tmp_path_factory.mktemp("cut")
    with ExitStack() as stack:
        try:
            postgres, redis = stack.enter_context(Postgres(durable=True)), stack.enter_context(Redis())
        except ServerMissing as problem:
            missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")
        judge = stack.enter_context(Judge(folder / "judge", delay=0.02))
        house = House(
            folder / "iria", database_url=postgres.database("cut"), redis_url=redis.url, email_url=judge.url
        )  # fmt: skip
        iria = stack.enter_context(house)
        clerk = stack.enter_context(Clerk(iria.variables, folder / "clerk.log"))
        workers = Workers(iria, judge, count=2)
        stack.callback(workers.close)
        iria.beat()
        yield Cut(clerk, judge, postgres, workers)


def judged(trial: Trial, title: str) -> None:
    books = trial.finish()
    books.show(title)
    # No process died, so no answer may be missing: who was answered is accepted, and nobody is in doubt.
    books.check()
    assert books.answered == books.outcome("accepted") == set(trial.audience)
    assert books.longest_pause <= RESUMES


def test_an_immediate_restart_of_the_database_loses_no_answer(cut: Cut) -> None:
    trial = Trial(cut.clerk, cut.judge, "restarted", plain=SIZE.recipients)
    trial.send()
    trial.during(SIZE.kills, lambda _number: cut.postgres.restart_immediate())
    judged(trial, f"PostgreSQL restarted with -m immediate {SIZE.kills} times")


def test_terminated_sessions_lose_no_answer(cut: Cut) -> None:
    trial = Trial(cut.clerk, cut.judge, "terminated", plain=SIZE.recipients)
    trial.send()
    ended: list[int] = []
    trial.during(SIZE.kills, lambda _number: ended.append(cut.postgres.terminate_backends("cut")))
    assert min(ended) >= 1, f"the workers' sessions were not there to be ended: {ended}"
    judged(trial, f"all sessions terminated {SIZE.kills} times: {ended}")


def test_a_sender_that_dies_while_the_database_is_away_has_told_its_journal(cut: Cut) -> None:
    """Its answers are in no database: whoever takes over reads them in the journal."""
    trial = Trial(cut.clerk, cut.judge, "died-meanwhile", plain=SIZE.recipients // 2)
    trial.send()
    trial.wait_for_taken(len(trial.audience) // 4)
    cut.postgres.stop_immediate()
    try:
        senders = cut.workers.sending()
        assert senders, "nobody was sending: this test proved nothing"
        for _worker, sender in senders:
            sender.kill()
        assert trial.taken() < len(trial.audience), "the send was over before the kill: this test proved nothing"
    finally:
        cut.postgres.start_again()
    cut.workers.tend()

    books = trial.finish()
    replayed = cut.clerk.ask("replayed", edition=trial.edition)
    books.show(f"{len(senders)} senders killed while PostgreSQL was away; the journals told {replayed} answers")
    books.check(in_doubt=len(senders) * cut.judge.connections)
    assert len(books.answered - books.outcome("accepted")) <= len(senders) * cut.judge.connections
    assert replayed > 0, "nothing was in a journal alone: this test proved nothing"
    assert books.longest_pause <= RESUMES
