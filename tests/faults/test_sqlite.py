"""`manage.py up` on SQLite: its worker or all of it killed in the middle of a send, and a lock that is held."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.faults.conftest import Running
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial, wait_for_time

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
LOCKED = 15.0  # seconds
DELAY = 0.02  # seconds before each answer, so that a send lasts long enough to be disturbed


def test_a_killed_worker_loses_nobody_and_sends_nobody_twice(
    running: Running, make_trial_on_sqlite: Callable[..., Trial]
) -> None:
    running.judge.become(delay=DELAY)
    trial = make_trial_on_sqlite(plain=SIZE.recipients)
    trial.send()

    trial.during(SIZE.kills, lambda _number: running.lose_the_worker())

    books = trial.finish()
    books.show(f"the worker of `manage.py up` killed {SIZE.kills} times")
    books.check(in_doubt=SIZE.kills * running.judge.connections)
    assert books.longest_pause <= 90


@pytest.mark.parametrize("who", ["everything", "supervisor"])
def test_the_whole_installation_killed_loses_nobody_and_sends_nobody_twice(
    running: Running, make_trial_on_sqlite: Callable[..., Trial], who: str
) -> None:
    """The supervisor, the site and the worker at once, as when the machine is switched off and on; or the supervisor
    alone, whose children then end by themselves."""
    running.judge.become(delay=DELAY)
    trial = make_trial_on_sqlite(plain=SIZE.recipients // 3)
    trial.send()
    trial.wait_for_taken(len(trial.audience) // 4)
    assert running.worker().is_running()

    if who == "everything":
        running.process.kill()
    else:
        running.process.popen.kill()
        running.process.popen.wait(10)
    taken = trial.taken()
    assert taken < len(trial.audience), "the send was over before the kill: this test proved nothing"
    running.start_again()

    books = trial.finish()
    books.show(f"`manage.py up` killed ({who}) after {taken} mails, and started again")
    # Who is told to end hears the last answers, and leaves nobody in doubt.
    books.check(in_doubt=running.judge.connections if who == "everything" else 0)
    assert books.longest_pause <= 90


def test_a_held_write_lock_is_no_readers_error_and_stops_no_send_for_good(
    running: Running, make_trial_on_sqlite: Callable[..., Trial]
) -> None:
    said = running.process.output()
    running.judge.become(delay=DELAY)
    trial = make_trial_on_sqlite(plain=SIZE.recipients // 5)
    trial.send()
    trial.wait_for_taken(len(trial.audience) // 5)

    def ask(number: int) -> tuple[int, float]:
        """A reader who signs up, which writes; and when they were answered."""
        answer = running.iria.site.post("/subscribe/", {"email": f"anna-{number}@asked.example"})
        return answer.status_code, time.time()

    def look(_number: int) -> int:
        return running.iria.site.get("/").status_code

    with closing(sqlite3.connect(running.iria.data / "iria.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until = time.time() + LOCKED
        with ThreadPoolExecutor(4) as readers:
            asked = readers.map(ask, range(2))
            looked = list(readers.map(look, range(2)))  # reading does not wait
            assert time.time() < until
            wait_for_time(until)
            other.execute("ROLLBACK")
            answers = list(asked)

    print(f"locked for {LOCKED:.0f} s: sign-ups were answered {[status for status, _at in answers]}, pages {looked}")
    assert [status for status, _at in answers] == [200, 200]
    assert min(moment for _status, moment in answers) > until - 0.5, "no sign-up had to wait: this test proved nothing"
    assert looked == [200, 200]
    books = trial.finish()
    books.show("the write lock was held in the middle of a send")
    books.check()
    assert books.outcome("accepted") == set(trial.audience)
    assert "database is locked" not in running.process.output().removeprefix(said)
