"""SIGKILL in the middle of a send, again and again: nobody is lost, nobody gets it twice, who is in doubt is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
RESUMES = 90.0  # seconds, at most


def test_killed_senders_lose_nobody_and_send_nobody_twice(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients)
    trial.send()

    def kill(number: int) -> None:
        """And what it held is taken over, whatever the others do meanwhile."""
        dead = place.workers.kill_a_sender(number)
        wait_until(lambda: not place.clerk.ask("held_by", pid=dead), "its chunks are taken over", seconds=RESUMES)

    trial.during(SIZE.kills, kill)

    books = trial.finish()
    books.show(f"{SIZE.kills} sending processes killed")
    books.check(in_doubt=SIZE.kills * place.judge.connections)
    assert books.longest_pause <= RESUMES


def test_a_killed_celery_parent_stops_nothing_for_long(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients)
    trial.send()

    trial.during(SIZE.kills, place.workers.kill_a_parent)

    books = trial.finish()
    books.show(f"{SIZE.kills} Celery parents killed")
    books.check(in_doubt=SIZE.kills * place.judge.connections)
    assert books.longest_pause <= RESUMES
    place.workers.wait_for_orphans()


def test_with_its_only_worker_gone_an_edition_waits_and_goes_on(place: Place, make_trial: Callable[..., Trial]) -> None:
    """Nobody is there to take over: whoever starts next reads what the dead left."""
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients // 3)
    trial.send()
    trial.wait_for_taken(SIZE.recipients // 12)

    place.workers.kill_everybody()
    try:
        wait_until(lambda: not place.workers.sending(), "nobody is connected to the mail server")
        before = trial.taken()
        assert before < len(trial.audience), "the send was over before the kill: this test proved nothing"
    finally:
        place.workers.tend()

    books = trial.finish()
    books.show(f"all three workers killed at once after {before:,} mails")
    books.check(in_doubt=3 * place.judge.connections)
    assert books.longest_pause <= RESUMES


def test_beats_killed_and_doubled_change_nothing(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients // 3)
    beats = [place.iria.another_beat(number) for number in range(2)]
    for beat in beats:
        beat.wait_for_words("beat: Starting")
    trial.send()

    trial.during(len(beats), lambda number: beats[number].kill())

    books = trial.finish()
    books.show("two more beats, killed one after the other")
    books.check()


def test_a_task_that_is_delivered_again_and_again_sends_nothing_twice(
    place: Place, make_trial: Callable[..., Trial]
) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients // 3)
    trial.send()

    def again(_number: int) -> None:
        place.clerk.ask("enqueue", name="newsletters.tasks.start_edition", arguments=[trial.edition], times=5)
        place.clerk.ask("enqueue", name="newsletters.tasks.send_slice", arguments=[], times=20)
        place.clerk.ask("enqueue", name="newsletters.tasks.reconcile", arguments=[], times=5)

    trial.during(2, again)

    books = trial.finish()
    books.show("start, slice and reconcile delivered many times over")
    books.check()
