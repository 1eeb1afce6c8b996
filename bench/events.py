"""Clicks and opens, on both databases: answers a second by wrk, and how quickly the spool is counted.

Answers: the web processes of an installation, and wrk beside them on 127.0.0.1. What is asked takes its turn
once a round: a link and the picture that are the same for all readers, the same with a token for each reader, and a
naive view of Django's behind the same door, which checks the token, INSERTs a row and redirects. A ratio is to that
view, of the same round; and by the processor time of the web processes to a bare answer, which the same server gives
without any work. What was answered is counted afterwards.

Counting: a spool of invented events of many readers, over ten hours, is written and then counted, with and without
readers. “Of processor” is a second of processor time of the process that counts; on PostgreSQL, that of the server
comes on top.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import requests

from bench import site_wrk
from bench.installations import OnPostgres, OnSqlite
from bench.machine import cpu_seconds
from bench.send import on_postgres
from bench.site_wrk import Answers
from tests.installations import Site
from tests.processes import Process
from tests.servers import free_port

CONNECTIONS = 16
WORKERS = 2
NOWHERE = "smtp://127.0.0.1:9/"  # no worker runs, so nobody sends
# Readers, seconds a request, rounds; events that are counted without readers, and by reader: two of each.
FULL = (100_000, 3.0, 5, 1_000_000, 200_000)
QUICK = (2_000, 1.0, 1, 50_000, 4_000)
NAIVE = "a naive view: INSERT a row"
BARE = "a bare answer"  # by the same server, which does nothing else


class Counted:
    """An installation with its web processes and one edition that has begun."""

    def __init__(self, stack: ExitStack, folder: Path, place: OnPostgres | OnSqlite, readers: int) -> None:
        self.database, self.place = place.database, place
        newsletter = place.lay("crowd", readers=readers)
        self.edition = place.lay("editions", newsletter=newsletter, count=1, articles=12)[0]
        place.lay("freeze", edition=self.edition)
        tokens = place.lay("event_tokens", edition=self.edition)
        port = free_port()
        place.variables |= {
            "DJANGO_SETTINGS_MODULE": "bench.site_settings", "WEB_BIND": f"127.0.0.1:{port}",
            "WEB_WORKERS": str(WORKERS), "TRUSTED_PROXIES": "1",
        }  # fmt: skip
        place.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.site = Site(f"http://127.0.0.1:{port}", place.site.site_url, extra={"X-Forwarded-Proto": "https"})
        log = folder / f"web-{place.database}.log"
        self.web = stack.enter_context(Process([sys.executable, "-m", "iria.door"], variables=place.variables, log=log))
        self.paths = {
            "a click": [f"/c/{tokens['all']}/1/"],
            "an open": [f"/o/{tokens['all']}.gif"],
            "a click of a reader": [f"/c/{token}/1/" for token in tokens["readers"]],
            "an open of a reader": [f"/o/{token}.gif" for token in tokens["readers"]],
            NAIVE: [f"/bench/naive/{tokens['all']}/1/"],
        }
        self.scripts = {name: self._script(folder, name, paths) for name, paths in self.paths.items()}
        self.web.wait_for(self._is_ready, "the door answers")
        bare = f"127.0.0.1:{free_port()}"
        self.bare, self.paths[BARE] = f"http://{bare}", []
        command = [sys.executable, "-m", "bench.bare_rsgi", bare, str(WORKERS)]
        log = folder / f"bare-{place.database}.log"
        self.bare_web = stack.enter_context(Process(command, variables=place.variables, log=log))
        self.bare_web.wait_for(self._is_bare_ready, "it answers")

    def _script(self, folder: Path, name: str, paths: list[str]) -> Path:
        """For wrk, which asks these paths in turn."""
        script = folder / f"{self.database}-{'-'.join(name.split()).replace(':', '')}.lua"
        quoted = ", ".join(f'"{path}"' for path in paths)
        script.write_text(
            f"local paths, at = {{ {quoted} }}, 0\n"
            "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
        )
        return script

    def _is_ready(self) -> bool:
        try:
            return self.site.get(self.paths["an open"][0]).status_code == 200
        except requests.ConnectionError:
            return False

    def _is_bare_ready(self) -> bool:
        try:
            return requests.get(self.bare, allow_redirects=False, timeout=5).status_code == 302
        except requests.ConnectionError:
            return False

    def ask(self, name: str, seconds: float) -> Answers:
        headers = self.site.headers | {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        }
        base, web = (self.bare, self.bare_web) if name == BARE else (self.site.base, self.web)
        before = cpu_seconds(web.family())
        answers = site_wrk.ask(base, headers, seconds=seconds, connections=CONNECTIONS, script=self.scripts.get(name))
        return replace(answers, cpu_ms=1000 * (cpu_seconds(web.family()) - before) / answers.requests)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles  # as many as an edition may hold
    readers, seconds, rounds, anonymous, known = QUICK if quick else FULL
    runs: list[dict[tuple[str, str], Answers]] = []
    counted: dict[tuple[str, str], float] = {}
    with ExitStack() as stack:
        say("laying two institutes …")
        places: list[OnSqlite | OnPostgres] = [
            OnSqlite(folder / "sqlite", email_url=NOWHERE),
            stack.enter_context(on_postgres(folder / "postgres", NOWHERE)),
        ]
        asked = [Counted(stack, folder, place, readers) for place in places]
        for each in asked:
            for name in each.paths:
                each.ask(name, 0.2)
        for number in range(rounds):
            run: dict[tuple[str, str], Answers] = {}
            for each in asked if number % 2 == 0 else asked[::-1]:
                for name in each.paths:
                    run[name, each.database] = answers = each.ask(name, seconds)
                    say(f"round {number + 1} of {rounds}: {name}, {each.database}: {answers.rate:,.0f} a second")
            runs.append(run)
        for each in asked:
            each.web.terminate()
            of_answers = each.place.lay("count_spool")
            say(f"{each.database}: {of_answers['events']:,} answers were counted")
            for by_reader, events in ((False, anonymous), (True, known)):
                found = each.place.lay("count_events", edition=each.edition, events=events, by_reader=int(by_reader))
                if found["counted"] != events:
                    raise RuntimeError(f"{events:,} events were written, and {found['counted']:,} were counted.")
                name = "counting the spool, by reader" if by_reader else "counting the spool"
                counted[name, each.database] = events / found["seconds"]
                of_processor = events / found["processor"]
                counted[f"{name}, of processor", each.database] = of_processor
                say(
                    f"{name}, {each.database}: {counted[name, each.database]:,.0f} events a second,"
                    f" {of_processor:,.0f} of this process's processor time"
                )
    note = (
        f"{WORKERS} web processes, wrk with {CONNECTIONS} connections beside them; in one process {anonymous:,} events "
    )
    note += f"were counted, and {known:,} of {readers:,} readers; medians of {rounds} rounds."
    return {"note": note, "rows": _table(runs, counted), "rounds": [_figures(run) for run in runs]}


def _table(runs: list[dict[tuple[str, str], Answers]], counted: dict[tuple[str, str], float]) -> list[dict[str, Any]]:
    answers = [
        {
            "what": name, "database": database,
            "per_s": round(median(run[name, database].rate for run in runs)),
            "ratio_naive": round(median(run[name, database].rate / run[NAIVE, database].rate for run in runs), 1),
            # By processor time: what else the machine does changes it little.
            "ratio_bare": round(median(run[name, database].cpu_ms / run[BARE, database].cpu_ms for run in runs), 2),
            "cpu_us": round(median(1000 * run[name, database].cpu_ms for run in runs)),
            "median_ms": round(median(run[name, database].median_ms for run in runs), 2),
            "p99_ms": round(median(run[name, database].p99_ms for run in runs), 2),
        }
        for name, database in runs[0]
    ]  # fmt: skip
    unsaid = dict.fromkeys(("ratio_naive", "ratio_bare", "cpu_us", "median_ms", "p99_ms"), "")
    counting = [
        {"what": name, "database": database, "per_s": round(rate)} | unsaid
        for (name, database), rate in counted.items()
    ]
    return [*answers, *counting]


def _figures(run: dict[tuple[str, str], Answers]) -> dict[str, Any]:
    return {
        f"{name}|{database}": {"per_s": round(answers.rate), "requests": answers.requests}
        for (name, database), answers in run.items()
    }
