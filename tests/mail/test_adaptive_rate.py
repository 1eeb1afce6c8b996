"""How fast it is sent to servers that say “too fast”, by a clock that a test moves: what they take is what they get."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable

import pytest

from mail.adaptive_rate import LEAST, Rate

Server = Callable[[float], bool]  # does it take a mail at that time?
TOLD_EVERY = 0.4  # seconds: results come in heaps
ANSWERS_IN = 0.05


def in_fixed_windows(most: int, seconds: float = 1.0) -> Server:
    taken: Counter[int] = Counter()

    def takes(now: float) -> bool:
        window = int(now / seconds)
        taken[window] += 1
        return taken[window] <= most

    return takes


def in_sliding_windows(most: int, seconds: float = 1.0) -> Server:
    taken: deque[float] = deque()

    def takes(now: float) -> bool:
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) < most:
            taken.append(now)
            return True
        return False

    return takes


def out_of_a_bucket(per_second: float, burst: float) -> Server:
    state = [burst, 0.0]

    def takes(now: float) -> bool:
        state[0], state[1] = min(burst, state[0] + (now - state[1]) * per_second), now
        if state[0] < 1:
            return False
        state[0] -= 1
        return True

    return takes


def refusing_a_share(share: float) -> Server:
    lot = random.Random(11)
    return lambda now: lot.random() >= share


def every_nth(n: int) -> Server:
    count = [0]

    def takes(now: float) -> bool:
        count[0] += 1
        return count[0] % n != 0

    return takes


class Sending:
    """At the rate that is learned, for as long as it is told."""

    def __init__(self, server: Server, *, lately: float, most: float = 1000.0) -> None:
        self.server = server
        self.rate = Rate.first(0.0, lately=lately)
        self.most = most  # a second: no connection is faster
        self.now = self._turn = self._told_at = 0.0
        self.taken = self.refused = 0
        self._back: list[tuple[float, bool]] = []

    def send(self, seconds: float) -> tuple[int, int]:
        """How many were taken and refused in that time."""
        before = self.taken, self.refused
        until = self.now + seconds
        while self.now < until:
            self.now = self._turn
            took = self.server(self.now)
            self.taken, self.refused = self.taken + took, self.refused + (not took)
            self._back.append((self.now + ANSWERS_IN, took))
            self._turn += 1 / min(self.rate.per_second, self.most)
            while self._told_at + TOLD_EVERY <= self._turn:
                self._told_at += TOLD_EVERY
                self._tell()
        return self.taken - before[0], self.refused - before[1]

    def _tell(self) -> None:
        back = [took for at, took in self._back if at <= self._told_at]
        self._back = [each for each in self._back if each[0] > self._told_at]
        self.rate.record(self._told_at, taken=sum(back), refused=len(back) - sum(back))


@pytest.mark.parametrize("lately", [1, 10, 200])
@pytest.mark.parametrize("per_second", [10, 14, 50, 300])
@pytest.mark.parametrize(
    "kind",
    [
        in_fixed_windows,
        in_sliding_windows,
        lambda r: out_of_a_bucket(r, r),
        lambda r: out_of_a_bucket(r, 1.5),
    ],
    ids=["windows", "sliding", "bucket", "small bucket"],
)
def test_a_server_gets_what_it_takes_and_hardly_more(
    kind: Callable[[int], Server], per_second: int, lately: float
) -> None:
    sending = Sending(kind(per_second), lately=lately)
    sending.send(60)  # it may take that long to find out
    taken, refused = sending.send(100)
    assert taken >= 0.95 * per_second * 100
    assert refused <= 0.08 * taken


@pytest.mark.parametrize("lately", [5, 20, 100])
@pytest.mark.parametrize("make", [lambda: every_nth(4), lambda: every_nth(6), lambda: refusing_a_share(0.25)])
def test_a_share_that_is_refused_however_slow_we_are_stops_nobody(make: Callable[[], Server], lately: float) -> None:
    sending = Sending(make(), lately=lately, most=400)
    sending.send(180)
    taken, refused = sending.send(60)
    assert taken + refused >= 0.95 * 400 * 60


def test_a_server_that_takes_nothing_is_asked_now_and_then_and_then_gets_what_it_takes_soon() -> None:
    open_at = 3600.0
    limited = in_fixed_windows(10)
    sending = Sending(lambda now: now >= open_at and limited(now), lately=10)
    sending.send(600)
    assert sending.rate.per_second == LEAST
    _, refused = sending.send(3000)
    assert refused <= 3000 * LEAST + 1
    sending.send(open_at + 120 - sending.now)
    taken, _ = sending.send(60)
    assert taken >= 0.9 * 600


def test_a_server_that_takes_more_again_is_noticed() -> None:
    slow, fast = in_fixed_windows(10), in_fixed_windows(100)
    sending = Sending(lambda now: slow(now) if now < 60 else fast(now), lately=10)
    sending.send(60)
    sending.send(240)
    taken, _ = sending.send(60)
    assert taken >= 0.9 * 6000


def test_most_of_a_quota_a_minute_is_used() -> None:
    sending = Sending(in_fixed_windows(30, 60.0), lately=30)
    taken, refused = sending.send(1800)
    assert taken >= 0.85 * 30 * 30
    assert refused <= 2 * taken
