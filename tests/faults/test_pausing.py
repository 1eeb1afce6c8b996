"""Pause and cancel while three workers send: the wire is quiet within five seconds, and nobody is lost by it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Anywhere
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial, wait_for_time

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
QUIET = 5.0  # seconds until the wire is
BEGINS = 2.0  # a hand-out begins up to 1 s after the press, and its mails up to 1 s after the hand-out
SLACK = 0.5  # for a judge that was busy when the mail came


def press(trial: Trial, action: str) -> float:
    """When it was committed, at the latest."""
    trial.wait_for_taken(len(trial.audience) // 4)
    trial.clerk.editions(action, trial.edition)
    pressed = time.time()
    assert trial.taken() < len(trial.audience), "the send was over before the press: this test proved nothing"
    return pressed


def quiet_since(trial: Trial, pressed: float) -> None:
    wait_for_time(pressed + QUIET + 1.0)
    mails = trial.judge.complete(trial.edition)
    last = max(mail.at for mail in mails) - pressed
    print(f"  the last mail was taken {last:+.2f} s after the press; {len(mails):,} of {len(trial.audience):,} in all")
    assert last <= QUIET
    assert max(mail.began for mail in mails) <= pressed + BEGINS + SLACK
    assert len(mails) < len(trial.audience), "the pause kept nothing back: this test proved nothing"


def test_a_pause_is_quiet_within_five_seconds_and_a_resume_reaches_everybody(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial]
) -> None:
    anywhere.judge.become(delay=0.05)
    trial = make_trial_anywhere(plain=anywhere.sized(SIZE.recipients))
    trial.send()

    pressed = press(trial, "pause")

    quiet_since(trial, pressed)
    sums = trial.clerk.editions("ledger", trial.edition)
    assert sums["handed_out"] == 0 and sums["waiting"] > 0
    assert trial.show()["status"] == "paused"
    anywhere.judge.become(delay=0.005)
    trial.clerk.editions("resume", trial.edition)
    books = trial.finish()
    books.show("paused and resumed")
    books.check()
    assert books.outcome("accepted") == set(trial.audience)


def test_a_cancelled_edition_is_quiet_within_five_seconds_and_counts_who_got_nothing(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial]
) -> None:
    anywhere.judge.become(delay=0.05)
    trial = make_trial_anywhere(plain=anywhere.sized(SIZE.recipients))
    trial.send()

    pressed = press(trial, "cancel")

    quiet_since(trial, pressed)
    books = trial.finish(status="cancelled")
    books.show("cancelled")
    books.check()
    assert books.outcome("accepted") == set(books.copies)
    assert books.sums["cancelled"] == len(trial.audience) - len(books.copies)
