"""The public pages, on both databases: requests a second beside those of a view that answers nothing.

One web process, the demo institute, and a client process with a few connections
that are kept, all on 127.0.0.1. Everything takes its turn once a round. The empty view goes through the same
middleware: a ratio says what a page costs beyond what Django and the door cost for any answer, and the client's own
work.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import requests

from bench.installations import OnPostgres, OnSqlite
from bench.send import on_postgres
from tests.installations import Site
from tests.processes import Process
from tests.servers import free_port

CONNECTIONS = 4
READERS = 2_000
NOWHERE = "smtp://127.0.0.1:9/"  # no worker runs, so nobody sends
FULL, QUICK = (2.0, 5), (1.0, 1)  # seconds a page, rounds
LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    kind: str = "get"  # get, again (with the ETag), or sign-up


@dataclass(frozen=True)
class Answers:
    """What the client counted."""

    requests: int
    seconds: float
    median_ms: float
    p95_ms: float
    bytes: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


EMPTY = Page("an empty answer", "/bench/empty/")


class Served:
    """An installation with its web process."""

    def __init__(self, stack: ExitStack, folder: Path, place: OnPostgres | OnSqlite) -> None:
        self.database, self.place, self.folder = place.database, place, folder
        place.lay("crowd", readers=READERS)
        port = free_port()
        place.variables |= {
            "DJANGO_SETTINGS_MODULE": "bench.site_settings", "WEB_BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1",
            "TRUSTED_PROXIES": "1",
        }  # fmt: skip
        place.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.site = Site(f"http://127.0.0.1:{port}", place.site.site_url, extra={"X-Forwarded-Proto": "https"})
        command = [sys.executable, "-m", "iria.door"]
        log = folder / f"web-{place.database}.log"
        web = stack.enter_context(Process(command, variables=place.variables, log=log))
        web.wait_for(self.is_ready, "the empty view answers 200")
        article = place.row("SELECT slug FROM newsletters_article ORDER BY published_at DESC LIMIT 1")[0]
        self.pages = [
            EMPTY,
            Page("home", "/"),
            Page("article", f"/articles/{article}/"),
            Page("article, unchanged (304)", f"/articles/{article}/", "again"),
            Page("sign-up form", "/subscribe/"),
            Page("sign-up sent", "/subscribe/", "sign-up"),
        ]

    def is_ready(self) -> bool:
        try:
            return self.site.get(EMPTY.path).status_code == 200
        except requests.ConnectionError:
            return False

    def ask(self, page: Page, seconds: float) -> Answers:
        before = self._people()
        order = {
            "base": self.site.base, "path": page.path, "kind": page.kind, "headers": self.site.headers,
            "seconds": seconds, "connections": CONNECTIONS,
        }  # fmt: skip
        log = self.folder / "client.log"
        log.unlink(missing_ok=True)
        with Process([sys.executable, "-m", "bench.site_client", json.dumps(order)], variables={}, log=log) as client:
            if client.popen.wait(LONGEST_SECONDS):
                raise RuntimeError(f"{page.name} on {self.database}:\n{client.output()}")
            answers = Answers(**json.loads(client.output().splitlines()[-1]))
        if page.kind == "sign-up" and self._people() - before != answers.requests:
            raise RuntimeError(f"{answers.requests} signed up, and {self._people() - before} are in the database.")
        return answers

    def _people(self) -> int:
        """Who signed up, whether or not a worker has taken it in."""
        tables = ("subscribers_subscriber", "subscribers_formrequest")
        return sum(int(self.place.row(f"SELECT count(*) FROM {table}")[0]) for table in tables)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles  # the demo institute's own
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
            for page in each.pages:  # templates are compiled, connections are made
                each.ask(page, 0.2)
        for number in range(rounds):
            run: dict[tuple[str, str], Answers] = {}
            for each in served if number % 2 == 0 else served[::-1]:
                for page in each.pages:
                    run[page.name, each.database] = answers = each.ask(page, seconds)
                    say(f"round {number + 1} of {rounds}: {page.name}, {each.database}: {answers.rate:,.0f} a second")
            runs.append(run)
    note = f"One web process, {CONNECTIONS} connections, {READERS:,} subscribers; medians of {rounds} rounds."
    return {"note": note, "rows": table(runs), "rounds": [_figures(run) for run in runs]}


def table(runs: Sequence[dict[tuple[str, str], Answers]]) -> list[dict[str, Any]]:
    """A row a page and database. A ratio is the median of the rounds' own ratios."""
    return [
        {
            "page": page, "database": database,
            "requests_per_s": round(median(run[page, database].rate for run in runs), 1),
            "ratio_empty": round(
                median(run[page, database].rate / run[EMPTY.name, database].rate for run in runs), 3
            ),
            "median_ms": round(median(run[page, database].median_ms for run in runs), 2),
            "p95_ms": round(median(run[page, database].p95_ms for run in runs), 2),
            "kb": round(runs[0][page, database].bytes / 1000, 1),
        }
        for page, database in runs[0]
    ]  # fmt: skip


def _figures(run: dict[tuple[str, str], Answers]) -> dict[str, Any]:
    return {
        f"{page}|{database}": {"requests_per_s": round(answers.rate, 1), "requests": answers.requests}
        for (page, database), answers in run.items()
    }
