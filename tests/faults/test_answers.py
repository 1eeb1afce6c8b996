"""Every answer that a mail server may give to a tenth of the recipients, in one send; and servers that dawdle or go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import Anywhere, Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
CROWD = SIZE.recipients // 3
CONNECTIONS, TARPITS = 12, 3  # of three workers


def named(trial: Trial, kind: str) -> set[str]:
    return {address for address in trial.audience if address.startswith(f"{kind}-")}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_answers_to_the_final_dot_end_as_the_table_says(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial], pipelining: bool
) -> None:
    anywhere.judge.become(pipelining=pipelining)
    anywhere.judge.restart()  # so that every connection has heard what is offered
    tenth = anywhere.sized(CROWD // 10)
    trial = make_trial_anywhere(plain=6 * tenth, temp421=tenth, temp451=tenth, perm550=tenth, drop=tenth)
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


def test_answers_before_the_final_dot_end_as_the_table_says(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial]
) -> None:
    tenth = anywhere.sized(CROWD // 10)
    trial = make_trial_anywhere(plain=7 * tenth, pre421=tenth, deferonce=tenth, reject=tenth)
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


@pytest.mark.parametrize("where", ["mail", "final"])
def test_a_tarpit_on_some_connections_holds_up_nobody_else(
    place: Place, make_trial: Callable[..., Trial], where: str
) -> None:
    """Three of twelve connections read nothing more, from the first mail's beginning or from its final dot on. The
    others keep the rate that a connection has without tarpits; the judge thinks about each mail for so long that the
    connections limit the rate, and not this machine."""
    crowd = max(CROWD, 800)
    place.judge.become(delay=0.15)
    place.judge.restart()
    free = make_trial(plain=crowd)
    free.send()
    free.finish().check()
    usual = place.judge.steady_rate(free.edition) / CONNECTIONS

    place.judge.become(tarpits=TARPITS, tarpits_of=10_000, tarpits_at=where)  # the first: no worker's four are all held
    place.judge.restart()  # whoever is connected connects anew
    trial = make_trial(plain=crowd)
    trial.send()
    # Each holds a mail; where that waits for its answer, another one stands behind it.
    wait_until(lambda: trial.taken() >= crowd - TARPITS, "everybody else was sent it", seconds=SIZE.finish)
    held = TARPITS if where == "mail" else 2 * TARPITS
    wait_until(
        lambda: place.clerk.editions("ledger", trial.edition)["handed_out"] == held, "the ledger knows of all others"
    )
    assert place.judge.tarpits >= TARPITS, "no connection was in a tarpit: this test proved nothing"
    place.judge.become(tarpits=0)
    books = trial.finish()

    others = place.judge.steady_rate(trial.edition) / (CONNECTIONS - TARPITS)
    books.show(
        f"{TARPITS} of {CONNECTIONS} connections in tarpits: each other one {others:.1f}/s, without {usual:.1f}/s"
    )
    books.check()
    assert others >= 0.9 * usual


def rate_of_the_others(place: Place, trial: Trial, crowd: int) -> float:
    """Mails a second to those whose connections are not closed, once the ledger is right about everybody."""
    expected = {"accepted": crowd, "deferred": len(named(trial, "closes")), "rejected": 0, "in_doubt": 0}
    trial.send()
    wait_until(lambda: trial.taken() == crowd, "everybody else was sent it", seconds=SIZE.finish)
    wait_until(
        lambda: expected.items() <= place.clerk.editions("ledger", trial.edition).items(),
        f"the ledger has {expected}", seconds=SIZE.finish,
    )  # fmt: skip
    assert set(place.judge.copies(trial.edition).values()) == {1}
    return place.judge.steady_rate(trial.edition)


def test_a_hundredth_whose_connections_are_closed_hardly_slow_the_others_down(
    place: Place, make_trial: Callable[..., Trial]
) -> None:
    """Each of them costs a connection three times, and again when they are retried. Others keep nine tenths of the
    rate that they have without them, where the judge limits it as above. A machine so busy that it is the limit takes
    its time to connect anew as well, and two minutes of it can hardly be compared: there it is a half, which a
    connection or an edition that waits for one recipient would not reach."""
    crowd, delay, seen = 600, 0.1, []
    place.judge.become(delay=delay)
    for _ in range(3):
        usual = rate_of_the_others(place, make_trial(plain=crowd), crowd)
        rate = rate_of_the_others(place, make_trial(plain=crowd, closes=crowd // 100), crowd)
        seen.append(f"{rate:.1f}/s with {crowd // 100} whose connections are closed, {usual:.1f}/s without")
        print(f"\n{seen[-1]}")
        if rate >= (0.9 if usual >= 0.95 * CONNECTIONS / delay else 0.5) * usual:
            return
    pytest.fail("; ".join(seen))


def test_a_mail_server_that_goes_away_changes_nobodys_state(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=CROWD)
    trial.send()
    trial.wait_for_taken(CROWD // 4)

    place.judge.stop()
    try:
        wait_until(lambda: "cannot be reached" in trial.show()["trouble"], "the edition says why it waits", seconds=60)
        wait_until(lambda: not place.clerk.editions("ledger", trial.edition)["handed_out"], "nobody is on their way")
        away = place.clerk.editions("ledger", trial.edition)
        assert away["waiting"] > 0, "the send was over before the server went: this test proved nothing"
    finally:
        place.judge.start()

    books = trial.finish()
    books.show(f"the mail server was away; in doubt then {away['in_doubt']}, rejected {away['rejected']}")
    # Each connection may have had one mail whose final dot was read and not answered.
    books.check(in_doubt=3 * place.judge.connections)
    assert away["rejected"] == away["deferred"] == 0
    assert books.sums["accepted"] + books.sums["in_doubt"] == CROWD
