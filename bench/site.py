"""The public pages, on both databases: requests a second by wrk, beside a view that answers nothing and a static file.

The web processes of an installation as production has them (two), the demo institute, and wrk with 16 connections, all
on 127.0.0.1, so that wrk takes its share of the processors. Everything takes its turn once a round. The empty view goes
through Django with the same middleware: a ratio says what the door spares. Sign-ups are posted by a client of our own,
since each must come from somebody else: a measurement of its own, `signup`. `cold ms` is what a page takes of the
processor when Django makes it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import requests

from bench import site_wrk
from bench.installations import OnPostgres, OnSqlite
from bench.send import on_postgres
from bench.site_wrk import Answers
from tests.installations import Site
from tests.processes import Process
from tests.servers import free_port

CONNECTIONS = 16
WORKERS = 2
READERS = 2_000
NOWHERE = "smtp://127.0.0.1:9/"  # no worker runs, so nobody sends
FULL, QUICK = (3.0, 5), (1.0, 1)  # seconds a page, rounds
COLD_TIMES = 40
LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    kind: str = "get"  # get, again (with the ETag), or sign-up


SIGN_UP = Page("sign-up sent", "/subscribe/", "sign-up")
EMPTY = Page("an empty answer of Django's", "/bench/empty/")


class Served:
    """An installation with its web process."""

    def __init__(self, stack: ExitStack, folder: Path, place: OnPostgres | OnSqlite) -> None:
        self.database, self.place, self.folder = place.database, place, folder
        place.lay("crowd", readers=READERS)
        port = free_port()
        place.variables |= {
            "DJANGO_SETTINGS_MODULE": "bench.site_settings", "WEB_BIND": f"127.0.0.1:{port}",
            "WEB_WORKERS": str(WORKERS), "TRUSTED_PROXIES": "1", "SIGNUPS_AN_HOUR": "10000000",
        }  # fmt: skip
        place.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.site = Site(f"http://127.0.0.1:{port}", place.site.site_url, extra={"X-Forwarded-Proto": "https"})
        command = [sys.executable, "-m", "iria.door"]
        log = folder / f"web-{place.database}.log"
        self.web = stack.enter_context(Process(command, variables=place.variables, log=log))
        self.web.wait_for(self.is_ready, "the empty view answers 200")
        article = place.row("SELECT slug FROM newsletters_article ORDER BY published_at DESC LIMIT 1")[0]
        self.pages = [
            EMPTY,
            Page("a static file", self._static_file()),
            Page("home", "/"),
            Page("article", f"/articles/{article}/"),
            Page("archive", "/archive/"),
            Page("article, unchanged (304)", f"/articles/{article}/", "again"),
            Page("sign-up form", "/subscribe/"),
        ]

    def is_ready(self) -> bool:
        try:
            return self.site.get(EMPTY.path).status_code == 200
        except requests.ConnectionError:
            return False

    def ask(self, page: Page, seconds: float) -> Answers:
        if page.kind == "sign-up":
            return self._sign_up(page, seconds)
        first = self.site.get(page.path)
        again = {"If-None-Match": first.headers["ETag"]} if page.kind == "again" else {}
        return site_wrk.ask(
            self.site.base + page.path,
            self.site.headers | again,
            seconds=seconds,
            connections=CONNECTIONS,
            size=0 if again else len(first.content),
        )

    def cold(self) -> dict[str, float]:
        """Milliseconds of processor that Django takes for each page."""
        paths = {page.name: page.path for page in self.pages if page.kind == "get"}
        found: dict[str, float] = self.place.lay("time_site", times=COLD_TIMES, **paths)
        return found

    def _static_file(self) -> str:
        """In production its name holds a hash of what is in it."""
        manifest = Path(self.place.variables["IRIA_DATA"]) / "static" / "staticfiles.json"
        name = json.loads(manifest.read_text())["paths"]["site/site.css"] if manifest.exists() else "site/site.css"
        return f"/static/{name}"

    def _sign_up(self, page: Page, seconds: float) -> Answers:
        before, cpu_before = self._people(), self._cpu_seconds()
        order = {
            "base": self.site.base, "path": page.path, "headers": self.site.headers, "seconds": seconds,
            "connections": CONNECTIONS,
        }  # fmt: skip
        log = self.folder / "client.log"
        log.unlink(missing_ok=True)
        with Process([sys.executable, "-m", "bench.site_client", json.dumps(order)], variables={}, log=log) as client:
            if client.popen.wait(LONGEST_SECONDS):
                raise RuntimeError(f"{page.name} on {self.database}:\n{client.output()}")
            answers = Answers(**json.loads(client.output().splitlines()[-1]))
        answers = replace(answers, cpu_ms=1000 * (self._cpu_seconds() - cpu_before) / answers.requests)
        if self._people() - before != answers.requests:
            raise RuntimeError(f"{answers.requests} signed up, and {self._people() - before} are in the database.")
        return answers

    def _cpu_seconds(self) -> float:
        times = [each.cpu_times() for each in self.web.family()]
        return sum((float(each.user + each.system) for each in times), 0.0)

    def _people(self) -> int:
        """Who signed up, whether or not a worker has taken it in."""
        tables = ("subscribers_subscriber", "subscribers_formrequest")
        return sum(int(self.place.row(f"SELECT count(*) FROM {table}")[0]) for table in tables)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles  # the demo institute's own
    return _measure(folder, lambda each: each.pages, quick=quick, say=say)


def measure_sign_ups(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles
    return _measure(folder, lambda _each: [EMPTY, SIGN_UP], quick=quick, say=say)


def _measure(
    folder: Path, pages: Callable[[Served], list[Page]], *, quick: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    seconds, rounds = QUICK if quick else FULL
    runs: list[dict[tuple[str, str], Answers]] = []
    with ExitStack() as stack:
        say("laying two institutes …")
        places: list[OnSqlite | OnPostgres] = [
            OnSqlite(folder / "sqlite", email_url=NOWHERE),
            stack.enter_context(on_postgres(folder / "postgres", NOWHERE)),
        ]
        served = [Served(stack, folder, place) for place in places]
        for each in served:
            for page in pages(each):  # templates are compiled, connections are made
                each.ask(page, 0.2)
        cold = {each.database: each.cold() for each in served}
        for number in range(rounds):
            run: dict[tuple[str, str], Answers] = {}
            for each in served if number % 2 == 0 else served[::-1]:
                for page in pages(each):
                    run[page.name, each.database] = answers = each.ask(page, seconds)
                    say(f"round {number + 1} of {rounds}: {page.name}, {each.database}: {answers.rate:,.0f} a second")
            runs.append(run)
    note = f"{WORKERS} web processes, wrk with {CONNECTIONS} connections, {READERS:,} subscribers; "
    note += f"medians of {rounds} rounds."
    return {"note": note, "rows": table(runs, cold), "rounds": [_figures(run) for run in runs]}


def table(runs: Sequence[dict[tuple[str, str], Answers]], cold: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """A row a page and database. A ratio is the median of the rounds' own ratios."""
    return [
        {
            "page": page, "database": database,
            "requests_per_s": round(median(run[page, database].rate for run in runs), 1),
            "ratio_empty": round(
                median(run[page, database].rate / run[EMPTY.name, database].rate for run in runs), 3
            ),
            "median_ms": round(median(run[page, database].median_ms for run in runs), 2),
            "p95_ms": round(median(run[page, database].p95_ms for run in runs), 2) or "",
            "cpu_ms": round(median(run[page, database].cpu_ms for run in runs), 2) or "",
            "p99_ms": round(median(run[page, database].p99_ms for run in runs), 2),
            "cold_ms": cold[database].get(page, ""),
            "kb": round(runs[0][page, database].bytes / 1000, 1),
        }
        for page, database in runs[0]
    ]  # fmt: skip


def _figures(run: dict[tuple[str, str], Answers]) -> dict[str, Any]:
    return {
        f"{page}|{database}": {"requests_per_s": round(answers.rate, 1), "requests": answers.requests}
        for (page, database), answers in run.items()
    }
