"""Sending to a mail server that is far away or slow: the rate against the number of connections.

Our own sink, see bench/own_sink.py, with 50 milliseconds. Beside each rate stands the ideal: connections divided by the
time that a mail's round trips take. A distant server that takes pipelining costs one round trip a mail (the final dot
and the next mail's commands go out together); a slow one thinks about each of the four replies a mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench import installations
from bench.installations import OnPostgres
from bench.machine import Run
from bench.send import on_postgres
from bench.sinks import Sink

DELAY = 0.05
WAITS = {"distant": 1, "slow": 4}  # delays a mail
FULL = ((1, 2, 4, 8, 16, 32), 5.0, 3)
QUICK = ((1, 4, 16), 2.0, 1)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    connections, seconds, rounds = QUICK if quick else FULL
    ideals = {
        (kind, number): number / (waits * DELAY) for kind, waits in WAITS.items() for number in connections
    }  # fmt: skip
    with ExitStack() as stack:
        servers = {kind: stack.enter_context(Sink(delay=DELAY, kind=kind)) for kind in WAITS}
        place = stack.enter_context(on_postgres(folder / "postgres", servers["distant"].url()))
        say("laying an audience …")
        mails = {key: round(ideal * seconds) for key, ideal in ideals.items()}
        place.lay("crowd", readers=max(mails.values()) + 100)
        editions = _editions(place, Counter(mails.values()), rounds, articles)
        warm_ups = editions[min(editions)]
        runs: dict[tuple[str, int], list[Run]] = {key: [] for key in ideals}
        for _ in range(rounds):
            for (kind, number), ideal in ideals.items():
                with place.senders([servers[kind].url(number)]) as workers:
                    installations.warm(place, warm_ups.pop(), workers)
                    run = installations.send(place, editions[mails[kind, number]].pop(), workers)
                runs[kind, number].append(run)
                say(f"{kind}, {number} connections: {run.rate:,.1f} mails a second of {ideal:,.0f}")
    rows = [
        {
            "server": kind, "connections": number, "ideal_per_s": round(ideal, 1),
            "msgs_per_s": round(rate := median(run.rate for run in runs[kind, number]), 1),
            "ratio_ideal": round(rate / ideal, 3),
            "cpu_us_per_mail": round(median(run.cpu / run.mails * 1e6 for run in runs[kind, number]), 1),
        }
        for (kind, number), ideal in ideals.items()
    ]  # fmt: skip
    rounds_ = [{f"{kind} {number}": [run.figures() for run in each]} for (kind, number), each in runs.items()]
    return {"note": f"Our own sink, {DELAY * 1000:.0f} ms.", "rows": rows, "rounds": rounds_}


def _editions(place: OnPostgres, uses: Counter[int], rounds: int, articles: int) -> dict[int, list[int]]:
    """By number of readers: an edition for each use of it in each round, and of the fewest one more to warm up with."""
    made: dict[int, list[int]] = {}
    for readers, times in uses.items():
        count = rounds * (times + (uses.total() if readers == min(uses) else 0))
        newsletter = place.lay("newsletter", readers=readers)
        made[readers] = place.lay("editions", newsletter=newsletter, count=count, articles=articles)
    return made
