"""The circuit breaker, by a clock that moves when it is told."""

from __future__ import annotations

import pytest

from mail.circuit_breaker import Circuit
from mail.transport import AskedToWait, TransportError
from tests.newsletters.delivery.conftest import Clock

AWAY = TransportError("nothing listens there")
REFUSED = TransportError("wrong password", fatal=True)


def wait_of(circuit: Circuit, clock: Clock) -> float:
    """How long it stays open from now on; the clock stands there afterwards."""
    began = clock.now
    while circuit.trouble is not None:
        clock.now += 0.5
    return clock.now - began


def test_it_opens_for_5_seconds_and_for_twice_as_long_each_time_up_to_5_minutes(clock: Clock) -> None:
    circuit = Circuit()
    assert circuit.trouble is None
    waits = []
    for _ in range(9):
        circuit.open(AWAY)
        assert str(circuit.trouble) == "nothing listens there"
        waits.append(wait_of(circuit, clock))
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_ten_failures_at_once_are_one(clock: Clock) -> None:
    circuit = Circuit()
    for _ in range(10):
        circuit.open(REFUSED)
        clock.now += 0.25
    assert circuit.trouble is not None
    assert not circuit.trouble.fatal
    assert wait_of(circuit, clock) == 2.5  # 5 from the first of them
    circuit.open(REFUSED)
    assert wait_of(circuit, clock) == 10


def test_it_is_fatal_at_the_third_try_in_a_row(clock: Clock) -> None:
    circuit = Circuit()
    fatal = []
    for trouble in (REFUSED, REFUSED, AWAY, REFUSED, REFUSED, REFUSED, REFUSED):
        circuit.open(trouble)
        assert circuit.trouble is not None
        fatal.append(circuit.trouble.fatal)
        wait_of(circuit, clock)
    assert fatal == [False, False, False, False, False, True, True]


def test_a_mail_that_gets_through_resets_all(clock: Clock) -> None:
    circuit = Circuit()
    for _ in range(2):
        circuit.open(REFUSED)
        wait_of(circuit, clock)
    circuit.close()
    assert not circuit.is_on_trial
    circuit.open(REFUSED)
    assert circuit.trouble is not None
    assert not circuit.trouble.fatal
    assert wait_of(circuit, clock) == 5

    circuit.open(AWAY)
    circuit.close()  # also at once: another connection of ours is served
    assert wait_of(circuit, clock) == 0


def test_after_a_wait_it_is_on_trial_until_a_mail_gets_through(clock: Clock) -> None:
    circuit = Circuit()
    trials = [circuit.is_on_trial]
    circuit.open(AWAY)
    trials.append(circuit.is_on_trial)
    clock.now += 5
    trials.append(circuit.is_on_trial)
    circuit.close()
    trials.append(circuit.is_on_trial)
    assert trials == [False, False, True, False]


def test_a_wait_that_was_asked_for_is_kept_whatever_gets_through_meanwhile(clock: Clock) -> None:
    circuit = Circuit()
    circuit.open(AskedToWait("come at noon", seconds=60))
    clock.now += 59
    circuit.close()  # a mail that was on its way already
    assert str(circuit.trouble) == "come at noon"
    assert wait_of(circuit, clock) == 1
    circuit.open(AWAY)
    assert wait_of(circuit, clock) == 5, "a wait that somebody else chose is no failure more"
    circuit.close()
    assert not circuit.is_on_trial, "once it is over, a mail that gets through closes it"


def test_the_longest_wait_that_was_asked_for_counts(clock: Clock) -> None:
    circuit = Circuit()
    circuit.open(AWAY)
    circuit.open(AskedToWait("come in a minute", seconds=60))
    circuit.open(AskedToWait("come in a second", seconds=1))
    circuit.open(AWAY)
    assert str(circuit.trouble) == "come in a minute"
    assert wait_of(circuit, clock) == 60


def test_asked_to_wait_without_a_time_it_waits_as_ever_and_is_never_fatal(clock: Clock) -> None:
    circuit = Circuit()
    waits = []
    for _ in range(5):
        circuit.open(AskedToWait("slow down"))
        circuit.close()
        assert circuit.trouble is not None, "a mail on its way does not cut it short"
        assert not circuit.trouble.fatal
        waits.append(wait_of(circuit, clock))
    assert waits == [5, 10, 20, 40, 80]


@pytest.mark.parametrize("seconds", [None, 60.0])
def test_being_asked_to_wait_is_no_refusal(seconds: float | None, clock: Clock) -> None:
    circuit = Circuit()
    fatal = []
    for trouble in (REFUSED, REFUSED, AskedToWait("later", seconds=seconds), REFUSED):
        circuit.open(trouble)
        assert circuit.trouble is not None
        fatal.append(circuit.trouble.fatal)
        wait_of(circuit, clock)
    assert fatal == [False] * 4
