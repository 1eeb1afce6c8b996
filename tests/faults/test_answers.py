"""Every answer that a mail server may give to a tenth of the recipients, in one send; and servers that dawdle or go."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
CROWD = SIZE.recipients // 3


def named(trial: Trial, kind: str) -> set[str]:
    return {address for address in trial.audience if address.startswith(f"{kind}-")}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_answers_to_the_final_dot_end_as_the_table_says(
    place: Place, make_trial: Callable[..., Trial], pipelining: bool
) -> None:
    place.judge.become(pipelining=pipelining)
    place.judge.restart()  # so that every connection has heard what is offered
    tenth = CROWD // 10
    trial = make_trial(plain=6 * tenth, temp421=tenth, temp451=tenth, perm550=tenth, drop=tenth)
    trial.send()

    books = trial.finish()

    books.show("421, 451, 550 and a lost connection after the final dot, a tenth each")
    books.check(in_doubt=tenth)
    again = named(trial, "temp421") | named(trial, "temp451")
    assert books.outcome("accepted") == named(trial, "anna") | again
    assert books.outcome("rejected") == named(trial, "perm550")
    assert books.outcome("in_doubt") == named(trial, "drop")
    assert books.answered == books.outcome("accepted")
    attempts = trial.clerk.ask("attempts", edition=trial.edition)
    assert {address for address, count in attempts.items() if count == 2} == again
    assert max(attempts.values()) == 2


def test_answers_before_the_final_dot_end_as_the_table_says(place: Place, make_trial: Callable[..., Trial]) -> None:
    tenth = CROWD // 10
    trial = make_trial(plain=7 * tenth, pre421=tenth, deferonce=tenth, reject=tenth)
    trial.send()

    books = trial.finish()

    books.show("421, 451 and 550 at RCPT, a tenth each")
    books.check()
    assert books.outcome("rejected") == named(trial, "reject")
    assert books.outcome("accepted") == set(trial.audience) - named(trial, "reject")
    attempts = trial.clerk.ask("attempts", edition=trial.edition)
    # A 421 before the final dot is no attempt: the mail goes on another connection.
    assert {address for address, count in attempts.items() if count != 1} == named(trial, "deferonce")


def test_a_server_that_refuses_our_policy_pauses_the_edition(place: Place, make_trial: Callable[..., Trial]) -> None:
    """5.7.x from more than 5 % of the last 200 is about us, and going on makes it worse."""
    place.judge.become(delay=0.01)
    trial = make_trial(plain=CROWD * 9 // 10, refuse=CROWD // 10)
    trial.send()

    books = trial.finish(status="paused")

    why = trial.show()["paused_why"]
    wait_until(lambda: not place.clerk.editions("ledger", trial.edition)["handed_out"], "nobody is on their way")
    books.show(f"paused: {why}")
    assert "5.7" in why
    assert trial.taken() < len(named(trial, "anna")), "it went on to the end"


def test_a_tarpit_on_some_connections_holds_up_nobody_else(place: Place, make_trial: Callable[..., Trial]) -> None:
    """Three of twelve connections read nothing more once their first mail begins; everybody else is written to while
    they hold, at the rate that the other connections have."""
    place.judge.become(delay=0.02)
    free = make_trial(plain=CROWD)
    free_took = timed(free, len(free.audience))
    free.finish().check()

    place.judge.become(tarpits=3, tarpits_of=10_000)  # the first three: no worker's four are all held
    place.judge.restart()  # whoever is connected connects anew
    trial = make_trial(plain=CROWD)
    trial.send()
    trial.wait_for_taken(CROWD // 10)
    took = timed(trial, CROWD - 12, send=False)
    stuck = place.judge.tarpits
    wait_until(lambda: trial.taken() == CROWD - place.judge.tarpits, "only those in the tarpits are missing")
    wait_until(
        lambda: place.clerk.editions("ledger", trial.edition)["handed_out"] == stuck, "the ledger knows of all others"
    )
    place.judge.become(tarpits=0)
    books = trial.finish()

    books.show(f"{stuck} connections in tarpits: {took:.1f} s for all others, {free_took:.1f} s without tarpits")
    assert stuck >= 3, "no connection was in a tarpit: this test proved nothing"
    books.check()
    # 12 connections, of which so many were held; half as fast as that would be somebody who waits for them.
    assert took < 2 * free_took * 12 / (12 - stuck) + 2


def timed(trial: Trial, count: int, *, send: bool = True) -> float:
    """Seconds until the judge took so many."""
    began = time.monotonic()
    if send:
        trial.send()
    trial.wait_for_taken(count)
    return time.monotonic() - began


def test_a_mail_server_that_goes_away_changes_nobodys_state(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=CROWD)
    trial.send()
    trial.wait_for_taken(CROWD // 4)

    place.judge.stop()
    wait_until(lambda: "cannot be reached" in trial.show()["trouble"], "the edition says why it waits", seconds=60)
    wait_until(lambda: not place.clerk.editions("ledger", trial.edition)["handed_out"], "nobody is on their way")
    away = place.clerk.editions("ledger", trial.edition)
    assert away["waiting"] > 0, "the send was over before the server went: this test proved nothing"
    place.judge.start()

    books = trial.finish()
    books.show(f"the mail server was away; in doubt then {away['in_doubt']}, rejected {away['rejected']}")
    # Each connection may have had one mail whose final dot was read and not answered.
    books.check(in_doubt=3 * place.judge.connections)
    assert away["rejected"] == away["deferred"] == 0
    assert books.sums["accepted"] + books.sums["in_doubt"] == CROWD
