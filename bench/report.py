"""Results as tables: for the terminal, and for docs/performance.md between its two marks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.processes import ROOT

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures: written by `python -m bench table` -->"
END = "<!-- end of figures -->"

Result = dict[str, Any]
Row = dict[str, Any]
COLUMNS: dict[str, list[tuple[str, str, str]]] = {  # head, key, format
    "send": [
        ("sender", "variant", ""), ("database", "database", ""), ("processes", "processes", "d"),
        ("mail servers", "sinks", "d"), ("mails/s", "msgs_per_s", ",.0f"),
        ("÷ smtp-source", "ratio_smtp_source", ".2f"), ("÷ smtp-source -d", "ratio_smtp_source_d", ".2f"),
        ("÷ naive Django", "ratio_naive", ".1f"),
        ("µs CPU a mail", "cpu_us_per_mail", ",.0f"), ("peak MB", "peak_mb", ".0f"),
    ],
    "freeze": [
        ("database", "database", ""), ("recipients", "recipients", ",d"), ("seconds", "seconds", ".2f"),
        ("readers/s", "readers_per_s", ",d"), ("× the size before", "times_before", ".1f"),
        ("peak MB", "peak_mb", ".0f"), ("of a sender", "sender_mb", ".0f"),
    ],
    "latency": [
        ("server", "server", ""), ("connections", "connections", "d"), ("mails/s", "msgs_per_s", ",.1f"),
        ("ideal", "ideal_per_s", ",.0f"), ("÷ ideal", "ratio_ideal", ".2f"),
        ("µs CPU a mail", "cpu_us_per_mail", ",.0f"),
    ],
    "compose": [
        ("page", "page", ""), ("database", "database", ""), ("ms", "ms", ",.0f"), ("target", "target_ms", ",.0f"),
        ("of them our CPU", "cpu_ms", ",.0f"), ("× a trivial page", "times_trivial", ".1f"),
        ("queries", "queries", "d"),
    ],
    "site": [
        ("page", "page", ""), ("database", "database", ""), ("requests/s", "requests_per_s", ",.0f"),
        ("÷ an empty answer", "ratio_empty", ".2f"), ("median ms", "median_ms", ".1f"), ("p99 ms", "p99_ms", ".1f"),
        ("cold ms", "cold_ms", ".1f"), ("KB", "kb", ".1f"),
    ],
    "signup": [
        ("page", "page", ""), ("database", "database", ""), ("requests/s", "requests_per_s", ",.0f"),
        ("÷ an empty answer", "ratio_empty", ".2f"), ("median ms", "median_ms", ".1f"), ("p95 ms", "p95_ms", ".1f"),
        ("p99 ms", "p99_ms", ".1f"), ("ms of processor", "cpu_ms", ".2f"),
    ],
    "import": [
        ("database", "database", ""), ("rows", "rows", ",d"), ("rows/s", "rows_per_s", ",d"),
        ("bare COPY, rows/s", "copy_per_s", ",d"), ("÷ bare COPY", "ratio_copy", ".2f"),
        ("µs CPU a row", "cpu_us_per_row", ",.1f"), ("peak MB", "peak_mb", ".0f"),
    ],
    "archive": [
        ("database", "database", ""), ("posts", "posts", ",d"), ("seconds", "seconds", ",.1f"),
        ("ms CPU a post", "ms_per_post", ",.1f"), ("peak MB", "peak_mb", ".0f"),
    ],
    "drafts": [
        ("database", "database", ""), ("newsletters", "newsletters", ",d"), ("seconds", "seconds", ",.1f"),
        ("ms CPU a newsletter", "cpu_ms", ",.0f"),
    ],
    "segments": [
        ("rule", "rule", ""), ("database", "database", ""), ("ms to count", "ms", ",.0f"), ("people", "people", ",d"),
        ("× counting the list", "ratio_list", ".1f"), ("s to freeze", "freeze_s", ".2f"),
        ("÷ freezing the list", "ratio_freeze", ".2f"),
    ],
    "reports": [
        ("report", "report", ""), ("database", "database", ""), ("ms", "ms", ",.0f"),
        ("processor ms", "cpu_ms", ",.0f"), ("target", "target_ms", ",.0f"),
        ("queries", "queries", "d"),
    ],
    "events": [
        ("", "what", ""), ("database", "database", ""), ("a second", "per_s", ",d"),
        ("÷ naive view", "ratio_naive", ".1f"), ("CPU, × a bare answer", "ratio_bare", ".2f"),
        ("µs CPU", "cpu_us", ".0f"), ("median ms", "median_ms", ".2f"), ("p99 ms", "p99_ms", ".2f"),
    ],
    "start": [
        ("", "start", ""), ("seconds of processor", "cpu_s", ".2f"), ("MB at rest (PSS)", "pss_mb", ".0f"),
    ],
}  # fmt: skip
TITLES = {
    "send": "Sending an edition",
    "freeze": "Freezing an audience",
    "latency": "A server that is 50 ms away, or slow",
    "compose": "The dashboard, the composer and the lists of the admin",
    "site": "The public pages",
    "signup": "Signing up",
    "import": "Importing people",
    "archive": "Bringing in an archive of articles",
    "drafts": "Editions that the schedule makes",
    "segments": "Segments",
    "reports": "Reports",
    "events": "Clicks and opens",
    "start": "Starting `manage.py up`",
}


def tabulate(kind: str, result: Result) -> str:
    """A Markdown table, its columns as wide as they must be, so that a terminal shows it as well."""
    columns = COLUMNS[kind]
    rows = [[_cell(row.get(key, ""), form) for _head, key, form in columns] for row in result["rows"]]
    return _aligned([[head for head, _key, _form in columns], *rows], [bool(form) for *_, form in columns])


def _cell(value: Any, form: str) -> str:
    return format(value, form) if form and value != "" else str(value) or "–"


def _aligned(lines: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = "|".join(f"{'-' * (w + 1)}:" if r else "-" * (w + 2) for w, r in zip(widths, right, strict=True))
    return "\n".join([line(lines[0]), f"|{rule}|", *map(line, lines[1:])])


def context(kind: str, result: Result) -> str:
    """The facts without which the table says nothing."""
    machine = result["machine"]
    words = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_mb']:,} MB; {machine['system']},"
        f" Python {machine['python']}; load before: {machine['load_before']}; commit {result['commit']},"
        f" {result['at']}.",
        result["note"],
    ]
    if kind == "send":
        words += [
            f"An edition to {result['mails']:,} readers, {result['articles']} articles,"
            f" {result['bytes_per_mail']:,} bytes a mail in the mean;",
            f"medians of {len(result['rounds'])} interleaved rounds.",
        ]
    if result["quick"]:
        words.append("A quick trial: these figures say only that it runs.")
    return " ".join(word for word in words if word)


# --- Targets --------------------------------------------------------------------------------------------------
def _sender(key: str, processes: int, sinks: int) -> Callable[[Iterable[Row]], float | None]:
    def find(rows: Iterable[Row]) -> float | None:
        wanted = ("PostgreSQL", processes, sinks)
        return next((r[key] for r in rows if (r["database"], r["processes"], r["sinks"]) == wanted), None)

    return find


def _largest_freeze(key: str) -> Callable[[Iterable[Row]], float | None]:
    def find(rows: Iterable[Row]) -> float | None:
        found = [r for r in rows if r["database"] == "PostgreSQL" and r["recipients"] > 900_000]
        return found[-1][key] if found else None

    return find


# What, from which measurement, how it is read, the most or the least, must, aim.
TARGETS: list[tuple[str, str, Callable[[Iterable[Row]], float | None], str, float, float]] = [
    ("PostgreSQL, 1 process ÷ smtp-source -d", "send", _sender("ratio_smtp_source_d", 1, 1), "≥", 0.72, 0.9),
    ("2 processes × 2 servers ÷ 2 smtp-source -d × 2", "send", _sender("ratio_smtp_source_d", 2, 2), "≥", 0.55, 0.75),
    ("PostgreSQL, 1 process ÷ smtp-source", "send", _sender("ratio_smtp_source", 1, 1), "≥", 0.8, 1.0),
    ("÷ naive Django, 1 process each", "send", _sender("ratio_naive", 1, 1), "≥", 12, 18),
    ("µs of sender CPU a mail, without DKIM", "send", _sender("cpu_us_per_mail", 1, 1), "≤", 70, 50),
    ("seconds to freeze 1M recipients, PostgreSQL", "freeze", _largest_freeze("seconds"), "≤", 5, 2),
    ("MB of the process that freezes 1M, PostgreSQL", "freeze", _largest_freeze("peak_mb"), "≤", 120, 90),
    ("MB of a process that sends to 20,000", "send", _sender("peak_mb", 1, 1), "≤", 120, 100),
    ("MB of a process that sends to 1M, PostgreSQL", "freeze", _largest_freeze("sender_mb"), "≤", 120, 90),
]  # fmt: skip


def targets(results: dict[str, Result]) -> str:
    lines = [["target", "must", "aim", "measured", ""]]
    for what, kind, find, sign, must, aim in TARGETS:
        value = find(results[kind]["rows"]) if kind in results else None
        verdict = "not measured yet"
        if value is not None:
            reached = [value >= limit if sign == "≥" else value <= limit for limit in (must, aim)]
            verdict = "aim reached" if all(reached) else "must reached" if reached[0] else "missed"
        shown = "–" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
        lines.append([what, f"{sign} {must:g}", f"{sign} {aim:g}", shown, verdict])
    return _aligned(lines, [False, True, True, True, False])


# --- The page -------------------------------------------------------------------------------------------------
def newest(folder: Path, *, quick: bool = False) -> dict[str, Result]:
    """The newest result of each kind; quick ones only when they are asked for."""
    found: dict[str, Result] = {}
    for kind in COLUMNS:
        files = sorted(folder.glob(f"{kind}-*.json"))
        if fitting := [file for file in files if file.stem.endswith("-quick") == quick]:
            found[kind] = json.loads(fitting[-1].read_text())
    return found


def figures(results: dict[str, Result]) -> str:
    parts = [f"### Targets\n\n{targets(results)}"]
    parts += [
        f"### {TITLES[kind]}\n\n{tabulate(kind, result)}\n\n{context(kind, result)}"
        for kind, result in results.items()
    ]  # fmt: skip
    return "\n\n".join(parts)


def write_page(text: str) -> None:
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} has lost its marks {BEGIN} and {END}.")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
