"""Redis emptied, restarted or away: tasks are only nudges, so a send goes on, and one begins."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis

from tests.faults.conftest import Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.installations import Site
from tests.journeys.laying import slug_of
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
RESUMES = 90.0


def test_a_broker_that_is_emptied_again_and_again(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.05)
    trial = make_trial(plain=SIZE.recipients)
    trial.send()

    def flush(_number: int) -> None:
        with redis.Redis(port=place.redis.port) as client:
            client.flushall()

    trial.during(SIZE.kills, flush)

    books = trial.finish()
    books.show(f"FLUSHALL {SIZE.kills} times")
    books.check()
    assert books.longest_pause <= RESUMES


def test_a_broker_that_is_restarted_again_and_again(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.05)
    trial = make_trial(plain=SIZE.recipients)
    trial.send()

    def restart(_number: int) -> None:
        place.redis.stop()
        place.redis.start()

    trial.during(SIZE.kills, restart)

    books = trial.finish()
    books.show(f"Redis restarted empty {SIZE.kills} times")
    books.check()
    assert books.longest_pause <= RESUMES
    place.workers.tend()


def test_an_edition_begins_and_ends_while_there_is_no_broker(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.005)
    trial = make_trial(plain=SIZE.recipients // 3)
    place.redis.stop()
    try:
        trial.send()
        books = trial.finish()
    finally:
        place.redis.start()
    books.show("without Redis from the press of Send to the end")
    books.check()


def test_a_confirmation_leaves_at_once_while_there_is_no_broker(place: Place, site: Site) -> None:
    """The mail worker looks for itself every second, as it does for editions."""
    place.clerk.lay("newsletter", tag="no-broker")
    emails = [f"asks-{number}@readers.example" for number in range(3)]
    waits = []
    place.redis.stop()
    try:
        for email in emails:
            assert site.post("/subscribe/", {"email": email, "lists": slug_of("no-broker")}).status_code == 200
            posted = time.time()
            wait_until(lambda email=email: bool(place.judge.to(email)), "the confirmation arrived", seconds=30)  # type: ignore[misc]
            waits.append(place.judge.to(email)[0].at - posted)
    finally:
        place.redis.start()
    print(f"confirmations without Redis after {', '.join(f'{wait:.1f}' for wait in waits)} s")
    assert sorted(waits)[1] <= 2
    assert [len(place.judge.to(email)) for email in emails] == [1, 1, 1]
