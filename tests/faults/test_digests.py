"""SIGKILL while a digest is made and while it is sent: everybody gets it who is owed one, nobody twice, and nothing is
made by halves.

Readers who want digests are skipped by an edition first. Then it went out two days ago, so that what they lack is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.conftest import Place, Running
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
DELAY = 0.06  # seconds before each answer, so that a send lasts long enough to be disturbed
EVERY = 10  # the tenth reader gets each edition
RESUMES = 90.0  # seconds, at most


def send_to_the_others(trial: Trial) -> set[str]:
    """The edition, which skips those who want digests. Returns those."""
    waiting = set(trial.clerk.ask("want_digests", tag=trial.tag, frequency="weekly", every=EVERY))
    assert 0 < len(waiting) < len(trial.audience)
    trial.send()
    books = trial.finish()
    books.check()
    assert books.outcome("skipped") == waiting and set(books.copies) == set(trial.audience) - waiting
    return waiting


def turn_to_the_digest(trial: Trial, waiting: set[str]) -> None:
    """As soon as there is one, the trial is about it: its readers, its mails, its ledger."""
    found: list[int] = []

    def is_made() -> bool:
        found[:] = trial.clerk.ask("daily_digests", tag=trial.tag)
        return bool(found)

    wait_until(is_made, "the digest is made", seconds=RESUMES)
    (trial.edition,) = found
    trial.audience = {email: pk for email, pk in trial.audience.items() if email in waiting}


def check_the_digest(trial: Trial, title: str, *, kills: int) -> None:
    books = trial.finish()
    books.show(title)
    books.check(in_doubt=kills * trial.judge.connections)
    assert books.outcome("accepted") | books.outcome("in_doubt") == set(trial.audience)
    assert books.longest_pause <= RESUMES
    written = trial.clerk.ask("articles_in_digests", edition=trial.edition)
    assert set(written) == set(trial.audience) and len(set(written.values())) == 1
    assert trial.clerk.ask("daily_digests", tag=trial.tag) == [trial.edition]


@contextmanager
def held_up(database_url: str) -> Iterator[Callable[[], int]]:
    """Whoever makes a digest stops in the middle of its transaction. Gives how many stand there."""
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'newsletters_digestrun'::regclass AND NOT granted"
    with psycopg.connect(database_url) as holding, psycopg.connect(database_url, autocommit=True) as looking:
        # Reading goes on; the row of a window isn't written.
        holding.execute("LOCK TABLE newsletters_digestrun IN SHARE MODE")

        def count() -> int:
            row = looking.execute(waiting).fetchone()
            assert row is not None
            return int(row[0])

        yield count


def test_killed_while_making_and_while_sending_everybody_gets_one_digest(
    place: Place, make_trial: Callable[..., Trial]
) -> None:
    trial = make_trial(plain=SIZE.recipients)
    waiting = send_to_the_others(trial)
    place.judge.become(delay=DELAY)
    place.workers.kill_everybody()
    trial.clerk.ask("let_daily_digests_be_due", tag=trial.tag, edition=trial.edition)

    with held_up(place.iria.variables["DATABASE_URL"]) as count:
        place.workers.tend()
        wait_until(lambda: count() > 0, "a worker is in the midst of making the digest", seconds=RESUMES)
        place.workers.kill_everybody()
    assert trial.clerk.ask("daily_digests", tag=trial.tag) == [], "it was made by somebody who died before"
    place.workers.tend()
    turn_to_the_digest(trial, waiting)

    trial.during(SIZE.kills, place.workers.kill_a_sender)

    title = f"a digest: all workers killed while it was made, {SIZE.kills} sending processes while it was sent"
    check_the_digest(trial, title, kills=SIZE.kills)


def test_the_whole_installation_killed_while_it_sends_a_digest_on_sqlite(
    running: Running, make_trial_on_sqlite: Callable[..., Trial]
) -> None:
    trial = make_trial_on_sqlite(plain=SIZE.recipients // 2)
    waiting = send_to_the_others(trial)
    running.judge.become(delay=DELAY)
    running.process.kill()
    trial.clerk.ask("let_daily_digests_be_due", tag=trial.tag, edition=trial.edition)
    running.start_again()
    turn_to_the_digest(trial, waiting)

    trial.during(1, lambda _number: running.lose_the_worker())
    trial.wait_for_taken(len(waiting) * 2 // 3)
    running.process.kill()
    assert trial.taken() < len(waiting), "the send was over before the kill: this test proved nothing"
    running.start_again()

    check_the_digest(trial, "a digest on SQLite: the worker killed, then all of `manage.py up`", kills=2)
