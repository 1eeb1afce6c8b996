"""Importing people: a CSV file of people who are all new and whose consent is proven, on both databases, by the command
that an operator gives. So every row becomes a person, a subscription and a consent record.

Beside it, on PostgreSQL, stands a bare COPY: the very rows that the import wrote, copied as they are into tables of
their own with the same columns and indexes. Nothing is read, checked, looked up or decided then; it is what the
database takes alone, and no import that writes these rows can be faster.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import psutil
import psycopg

from bench.installations import OnPostgres, OnSqlite
from bench.machine import cpu_seconds, peak_mb
from bench.send import on_postgres
from tests.processes import Process

FULL = ((100_000, 1_000_000), 3)
QUICK = ((2_000, 10_000), 1)
TABLES = ("subscribers_subscriber", "subscribers_subscription", "subscribers_consentrecord")
NO_SERVER = "smtp://127.0.0.1:9"  # importing sends nothing
_LONGEST_SECONDS = 3600.0
_LOOK_EVERY = 0.05  # seconds
_BLOCK = 256 * 1024


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles
    sizes, rounds = QUICK if quick else FULL
    with ExitStack() as stack:
        postgres = stack.enter_context(on_postgres(folder / "postgres", NO_SERVER))
        places = (OnSqlite(folder / "sqlite", email_url=NO_SERVER), postgres)
        starts = {place.database: _import(place, people_file(folder, f"start-{place.database}", 1)) for place in places}
        runs: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for size in sizes:
            for number in range(rounds):
                file = people_file(folder, f"{size}-{number}", size)
                for place in places:
                    run = _import(place, file)
                    run["cpu_us"] = 1e6 * (run.pop("cpu") - starts[place.database]["cpu"]) / size
                    if place is postgres:
                        run["copy_seconds"] = _bare_copy(postgres, size, folder)
                    say(f"{size:,} rows on {place.database}: {size / run['seconds']:,.0f} a second")
                    runs.setdefault((place.database, size), []).append(run)
                file.unlink()
    rows = [_row(database, size, each) for (database, size), each in runs.items()]
    note = f"Medians of {rounds} rounds; each adds its people to those of the rounds before."
    return {"note": note, "rows": rows, "rounds": [{"database": d, "rows": s, "runs": r} for (d, s), r in runs.items()]}


def people_file(folder: Path, name: str, size: int) -> Path:
    """People who are in no other file of the run, six of ten at a few large providers."""
    chance = Random(name)
    domains = [f"company-{number}.example" for number in range(2000)]
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["email", "name", "status"])
        for number in range(size):
            domain = chance.choice(domains[:4] if chance.random() < 0.6 else domains)
            lines.writerow(
                [f"{chance.randrange(10**9)}.{name.lower()}.{number}@{domain}", f"Reader {number}", "enabled"]
            )
    return path


def _import(place: OnSqlite | OnPostgres, file: Path) -> dict[str, Any]:
    """Its seconds, as the command counts them; the processor time and the memory of its process, start included. Raises
    RuntimeError when not everybody came in."""
    slug = place.lay("mailing_list")
    words = ("--list", slug, "--consent", "proven", "--evidence", "asked at the fair", "--json")
    command = [sys.executable, "manage.py", "import_people", str(file), *words]
    with Process(command, variables=place.variables, log=file.with_suffix(f".{place.database}.log")) as process:
        deadline, family, cpu, peak = time.monotonic() + _LONGEST_SECONDS, psutil.Process(process.popen.pid), 0.0, 0.0
        while process.popen.poll() is None:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{file.name} isn't imported after {_LONGEST_SECONDS:,.0f} seconds.")
            try:
                cpu = cpu_seconds([family])
            except psutil.NoSuchProcess:
                break
            peak = max(peak, peak_mb(family.pid))
            time.sleep(_LOOK_EVERY)
        status, output = process.popen.wait(60), process.output()
    if status:
        raise RuntimeError(f"{file.name} on {place.database}:\n{output[-3000:]}")
    report = json.loads(output[output.index("{") :])
    if report["new"] != report["rows"] or report["confirmed"] != report["rows"]:
        raise RuntimeError(f"Not everybody in {file.name} came in: {output[:1000]}")
    return {"seconds": report["seconds"], "cpu": cpu, "peak_mb": peak}


def _bare_copy(place: OnPostgres, size: int, folder: Path) -> float:
    """Seconds to copy the newest `size` rows of each table, which the import wrote, into one like it."""
    url = place.variables["DATABASE_URL"].replace("postgres://", "postgresql://", 1)
    seconds = 0.0
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            lines = folder / "rows.copy"
            newest = f"SELECT * FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT {size:d}) AS newest ORDER BY id"
            with connection.cursor().copy(f"COPY ({newest}) TO STDOUT") as copy, lines.open("wb") as file:
                for block in copy:
                    file.write(block)
            connection.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)")
            began = time.monotonic()
            with connection.cursor().copy("COPY bare FROM STDIN") as copy:
                for block in _blocks(lines):
                    copy.write(block)
            seconds += time.monotonic() - began
            connection.execute("DROP TABLE bare")
            lines.unlink()
    return seconds


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _row(database: str, size: int, runs: list[dict[str, Any]]) -> dict[str, Any]:
    row = {
        "database": database, "rows": size, "rows_per_s": round(size / median(each["seconds"] for each in runs)),
        "cpu_us_per_row": round(median(each["cpu_us"] for each in runs), 1),
        "peak_mb": round(max(each["peak_mb"] for each in runs), 1),
    }  # fmt: skip
    if "copy_seconds" in runs[0]:
        row["copy_per_s"] = round(size / median(each["copy_seconds"] for each in runs))
        row["ratio_copy"] = round(median(each["copy_seconds"] / each["seconds"] for each in runs), 2)
    return row
