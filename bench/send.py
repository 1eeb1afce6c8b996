"""Sending one edition: ours in several shapes, between the plain Django way and smtp-source in C as the two ends.

Everything takes its turn once a round, on the same machine and against the same mail servers, so that only the ratios
matter; what begins a round changes from round to round. The figures are medians of the rounds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import installations, sinks
from bench.installations import Measured, OnPostgres, OnSqlite
from bench.machine import Run
from bench.sinks import Sink
from tests.processes import Process
from tests.servers import Postgres, Redis

OURS = "Iria"
OURS_ATTRIBUTES = "Iria with attributes"
NAIVE = "naive Django"


@dataclass(frozen=True)
class Size:
    mails: int  # an edition, and as many by smtp-source
    naive: int
    warm_up: int  # recipients of the small edition before each measured one
    rounds: int


FULL = Size(mails=20_000, naive=1_500, warm_up=6_000, rounds=5)
QUICK = Size(mails=3_000, naive=300, warm_up=1_000, rounds=1)


@dataclass(frozen=True)
class Variant:
    name: str
    database: str  # empty: none
    processes: int
    sinks: int

    @property
    def key(self) -> str:
        return f"{self.name}|{self.database}|{self.processes}|{self.sinks}"


SHAPES = ((1, 1), (2, 1), (2, 2))  # processes and mail servers
SOURCES = [Variant(sinks.SOURCE, "", *shape) for shape in SHAPES]
KEPT_SOURCES = [Variant(sinks.KEPT_SOURCE, "", *shape) for shape in SHAPES] if sinks.HAS_POSTFIX else SOURCES
VARIANTS = [
    Variant(NAIVE, "", 1, 1),
    *dict.fromkeys([*SOURCES, *KEPT_SOURCES]),
    Variant(OURS, "SQLite", 1, 1),
    *(Variant(OURS, "PostgreSQL", *shape) for shape in SHAPES),
]
WITH_ATTRIBUTES = Variant(OURS_ATTRIBUTES, "SQLite", 1, 1)  # to hold beside the same without


def variants(attributes: int) -> list[Variant]:
    return [*VARIANTS, WITH_ATTRIBUTES] if attributes else VARIANTS


@contextmanager
def on_postgres(folder: Path, email_url: str) -> Iterator[OnPostgres]:
    with Postgres(durable=True) as database, Redis() as broker:
        place = OnPostgres(folder, database_url=database.url, redis_url=broker.url, email_url=email_url)
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            if (value := place.row(f"SHOW {name}")[0]) != "on":
                raise RuntimeError(f"PostgreSQL's {name} must be on, and is {value}.")
        yield place


class Bench:
    """The mail servers, the two installations with their audience, and how each variant is run once."""

    def __init__(self, stack: ExitStack, folder: Path, size: Size, articles: int, attributes: int) -> None:
        self.size = size
        self.sinks = [stack.enter_context(Sink()) for _ in range(2)]
        url = self.sinks[0].url()
        self.places: dict[str, Measured] = {
            "SQLite": OnSqlite(folder / "sqlite", email_url=url),
            "PostgreSQL": stack.enter_context(on_postgres(folder / "postgres", url)),
        }
        self.editions: dict[str, list[int]] = {}
        self.warm_ups: dict[str, list[int]] = {}
        self.with_attributes: list[int] = []  # editions
        self.variants, self.attributes = variants(attributes), attributes
        with ThreadPoolExecutor(len(self.places)) as pool:
            list(pool.map(lambda name: self._lay(name, articles), self.places))
        # What the two ends send: an edition that is frozen, and goes to nobody.
        self.model = self.editions["PostgreSQL"].pop()
        self.places["PostgreSQL"].lay("freeze", edition=self.model)
        self.places["PostgreSQL"].manage("editions", "cancel", str(self.model))
        self.bytes = int(self.places["PostgreSQL"].lay("size", edition=self.model))

    def _lay(self, name: str, articles: int) -> None:
        """The audience, a small one to warm up with, and an edition to each for every run there will be."""
        place, size = self.places[name], self.size
        runs = size.rounds * sum(variant.database == name for variant in self.variants)
        main = place.lay("crowd", readers=size.mails)
        self.editions[name] = place.lay("editions", newsletter=main, count=runs + 1, articles=articles)
        if self.attributes and name == WITH_ATTRIBUTES.database:
            self.with_attributes = place.lay(
                "editions", newsletter=main, count=size.rounds, articles=articles, attributes=self.attributes
            )
        small = place.lay("newsletter", readers=size.warm_up)
        self.warm_ups[name] = place.lay("editions", newsletter=small, count=runs, articles=articles)

    def run(self, variant: Variant, folder: Path) -> Run:
        if variant.name == NAIVE:
            return Run(**json.loads(self._naive(folder, str(self.model), str(self.size.naive))))
        pairs = [self.sinks[number % variant.sinks] for number in range(variant.processes)]
        if variant.name not in {OURS, OURS_ATTRIBUTES}:
            keep = variant.name == sinks.KEPT_SOURCE
            return sinks.source(pairs, self.size.mails, self.bytes, keep_connections=keep)
        place = self.places[variant.database]
        with place.senders([sink.url() for sink in pairs]) as workers:
            installations.warm(place, self.warm_ups[variant.database].pop(), workers)
            editions = self.with_attributes if variant == WITH_ATTRIBUTES else self.editions[variant.database]
            return installations.send(place, editions.pop(), workers)

    def _naive(self, folder: Path, *arguments: str) -> str:
        place = self.places["PostgreSQL"]
        assert isinstance(place, OnPostgres)
        log = folder / "naive.log"
        log.unlink(missing_ok=True)
        with Process([sys.executable, "-m", "bench.naive", *arguments], variables=place.variables, log=log) as process:
            if process.popen.wait(installations.LONGEST_SECONDS):
                raise RuntimeError(f"The plain way failed:\n{process.output()}")
        return process.output().splitlines()[-1]


def measure(
    folder: Path, *, quick: bool, articles: int, say: Callable[[str], None], attributes: int = 0
) -> dict[str, Any]:
    size = QUICK if quick else FULL
    rounds: list[dict[str, Run]] = []
    with ExitStack() as stack:
        say("laying two audiences …")
        bench = Bench(stack, folder, size, articles, attributes)
        for number in range(size.rounds):
            start = number * 3 % len(bench.variants)
            runs: dict[str, Run] = {}
            for variant in bench.variants[start:] + bench.variants[:start]:
                runs[variant.key] = run = bench.run(variant, folder)
                name = variant.key.replace("|", " ")
                say(f"round {number + 1} of {size.rounds}: {name}: {run.rate:,.0f} mails a second")
            rounds.append(runs)
        mail_bytes = bench.bytes
    return {
        "note": sinks.NOTE, "source": sinks.SOURCE, "bytes_per_mail": mail_bytes, "mails": size.mails,
        "articles": articles, "attributes": attributes,
        "rows": table(rounds, variants(attributes)),
        "rounds": [{key: run.figures() for key, run in runs.items()} for runs in rounds],
    }  # fmt: skip


def table(rounds: Sequence[dict[str, Run]], variants: Sequence[Variant]) -> list[dict[str, Any]]:
    """A row a variant. A ratio is the median of the rounds' own ratios: both of its sides ran in the same minute."""
    rows = []
    for variant in variants:
        end, kept = (
            next(each for each in ends if (each.processes, each.sinks) == (variant.processes, variant.sinks))
            for ends in (SOURCES, KEPT_SOURCES)
        )
        runs = [each[variant.key] for each in rounds]
        rows.append({
            "variant": variant.name, "database": variant.database,
            "processes": variant.processes, "sinks": variant.sinks,
            "msgs_per_s": round(median(run.rate for run in runs), 1),
            "ratio_smtp_source": round(median(each[variant.key].rate / each[end.key].rate for each in rounds), 3),
            "ratio_smtp_source_d": round(median(each[variant.key].rate / each[kept.key].rate for each in rounds), 3),
            "ratio_naive": round(median(each[variant.key].rate / each[VARIANTS[0].key].rate for each in rounds), 2),
            "cpu_us_per_mail": round(median(run.cpu / run.mails * 1e6 for run in runs), 1),
            "peak_mb": round(max(run.peak_mb for run in runs), 1),
        })  # fmt: skip
    return rows
