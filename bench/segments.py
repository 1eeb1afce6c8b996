"""Segments: how long counting each kind of condition takes, negated and combined too, and how long freezing an edition
for a segment takes beside freezing the same newsletter's whole list; on both databases.

People are laid by bench.segment_people. Counting is what the page of a segment and `manage.py segments count` do, timed
in one process with its connection open; each rule takes its turn in every round, the whole list too. Freezing is as in
`freeze`: a process each, the whole list and each segment in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.send import on_postgres

FULL = (1_000_000, 3)  # people and rounds
QUICK = (20_000, 1)
NO_SERVER = "smtp://127.0.0.1:9"  # nothing is sent
WHOLE_LIST = "(the whole list)"
TARGET_MS, TARGET_RATIO = 1000, 1.5
# Those that an edition is frozen for as well.
FROZEN = ("list: subscribed to", "list: never on", "topic: gets", "tag: is", "city is", "city contains", "all of five",
          "any of five", "nested two deep")  # fmt: skip
Rule = dict[str, Any]


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    people, rounds = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=NO_SERVER),
            stack.enter_context(on_postgres(folder / "postgres", NO_SERVER)),
        ]
        for place in places:
            say(f"laying {people:,} people on {place.database} …")
            ids = place.lay("segment_people", readers=people)
            say(f"counting {len(rules(ids))} rules {rounds} times each …")
            counted = place.lay("count_segments", rounds=rounds, **ids)
            frozen = _freeze(place, ids, rounds, articles, say)
            rows += [{"database": place.database, **row, **frozen.get(row["rule"], {})} for row in counted]
    slow = [f"{row['rule']} ({row['database']})" for row in rows if row["ms"] > TARGET_MS]
    far = [f"{row['rule']} ({row['database']})" for row in rows if row.get("ratio_freeze", 0) > TARGET_RATIO]
    note = f"{people:,} people; medians of {rounds} interleaved rounds. Counts of more than a second:"
    note += f" {', '.join(slow) or 'none'}. Freezing takes more than {TARGET_RATIO} times as long as for the list:"
    note += f" {', '.join(far) or 'none'}."
    shown = [{name: value for name, value in row.items() if name not in {"runs", "freezings"}} for row in rows]
    return {"note": note, "rows": shown, "rounds": rows}


def _freeze(
    place: Measured, ids: Mapping[str, int], rounds: int, articles: int, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """By rule, with that of the whole list."""
    runs: dict[str, list[float]] = {name: [] for name in (WHOLE_LIST, *FROZEN)}
    for number in range(rounds):
        for name, seconds in runs.items():
            segment = place.lay("segment", name=name, **ids) if name != WHOLE_LIST else 0
            (edition,) = place.lay("editions", newsletter=ids["newsletter"], count=1, articles=articles)
            place.lay("narrow", edition=edition, segment=segment)
            seconds.append(float(place.lay("freeze", edition=edition)["seconds"]))
            place.manage("editions", "cancel", str(edition))
        say(f"round {number + 1}: editions frozen on {place.database}")
    whole = runs[WHOLE_LIST]
    return {
        name: {
            "freeze_s": round(median(seconds), 2),
            "ratio_freeze": round(median(each / of_list for each, of_list in zip(seconds, whole, strict=True)), 2),
            "freezings": [round(each, 3) for each in seconds],
        }
        for name, seconds in runs.items()
    }


# --- In a process with the environment of the installation ---------------------------------------------------------
def count_segments(rounds: int, **ids: int) -> list[dict[str, Any]]:
    """Milliseconds and people of each rule, and of the whole list before them."""
    from newsletters.delivery.audience.definition import Audience
    from subscribers.segments.counting import TooSlow, count
    from subscribers.segments.rules import parse_rule

    parsed = {name: parse_rule(rule) for name, rule in rules(ids).items()}
    runs: dict[str, list[float]] = {name: [] for name in (WHOLE_LIST, *parsed)}
    people: dict[str, int] = {}
    for _round in range(rounds):
        for name, times in runs.items():
            began = time.perf_counter()
            if name == WHOLE_LIST:
                people[name] = Audience(ids["main"]).candidates().count()
            else:
                try:
                    people[name] = count(parsed[name])
                except TooSlow:  # what the page says, too; the time is then the bound
                    people.setdefault(name, -1)
            times.append(1000 * (time.perf_counter() - began))
    whole = runs[WHOLE_LIST]
    return [
        {
            "rule": name,
            "ms": round(median(times), 1),
            "people": people[name],
            "ratio_list": round(median(each / of_list for each, of_list in zip(times, whole, strict=True)), 1),
            "runs": [round(each, 1) for each in times],
        }
        for name, times in runs.items()
    ]


def segment(name: str, **ids: int) -> int:
    """The segment with that rule; its id."""
    from subscribers.models import Segment

    found, _made = Segment.objects.get_or_create(
        name=name, defaults={"slug": f"bench-{FROZEN.index(name)}", "rule": rules(ids)[name]}
    )
    return found.pk


def narrow(edition: int, segment: int) -> None:
    """The edition goes to that segment alone; 0: to the whole list."""
    from newsletters.models import Edition

    Edition.objects.filter(pk=edition).update(include_segments=[segment] if segment else [])


def rules(ids: Mapping[str, int]) -> dict[str, Rule]:
    """One for each kind of condition that the editor offers, and combinations of them."""

    def day(ago: int) -> str:
        return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()

    single: dict[str, Rule] = {
        f"{words}": {"field": field, "is": operator, "value": value} if value is not None
        else {"field": field, "is": operator}
        for words, field, operator, value in (
            ("list: subscribed to", "list", "confirmed", ids["main"]),
            ("list: not subscribed to", "list", "not_confirmed", ids["main"]),
            ("list: yet to confirm", "list", "pending", ids["main"]),
            ("list: unsubscribed from", "list", "unsubscribed", ids["main"]),
            ("list: never on", "list", "never", ids["other"]),
            ("topic: gets", "topic", "follows", ids["topic"]),
            ("topic: does not get", "topic", "not_follows", ids["topic"]),
            ("topic: has chosen", "topic", "chose", ids["topic"]),
            ("tag: is", "tag", "is", ids["tag_donor"]),
            ("tag: is not", "tag", "is_not", ids["tag_survey"]),
            ("tag: is empty", "tag", "empty", None),
            ("tag: is not empty", "tag", "not_empty", None),
            ("joined before", "joined", "before", day(400)),
            ("joined after", "joined", "after", day(400)),
            ("joined in the last 90 days", "joined", "in_last", 90),
            ("joined not in the last 90 days", "joined", "not_in_last", 90),
            ("source is", "source", "is", "import"),
            ("source is not", "source", "is_not", "form"),
            ("language is", "language", "is", "ar"),
            ("language is not", "language", "is_not", "ar"),
            ("language is empty", "language", "empty", None),
            ("zone is", "zone", "is", "Europe/Oslo"),
            ("zone is not", "zone", "is_not", "Europe/Oslo"),
            ("zone begins with", "zone", "begins", "Europe/"),
            ("suppressed", "suppressed", "yes", None),
            ("not suppressed", "suppressed", "no", None),
            ("paused", "paused", "yes", None),
            ("not paused", "paused", "no", None),
            ("city is", "attribute.city", "is", "Oslo 7"),
            ("city is, beyond ASCII", "attribute.city", "is", "Zürich 7"),
            ("city is not", "attribute.city", "is_not", "Oslo 7"),
            ("city contains", "attribute.city", "contains", "rich"),
            ("city does not contain", "attribute.city", "not_contains", "slo"),
            ("city begins with", "attribute.city", "begins", "Ål"),
            ("city is empty", "attribute.city", "empty", None),
            ("city is not empty", "attribute.city", "not_empty", None),
            ("age is", "attribute.age", "is", 42),
            ("age is not", "attribute.age", "is_not", 42),
            ("age is at least", "attribute.age", "at_least", 42),
            ("age is at most", "attribute.age", "at_most", 42),
            ("born is", "attribute.born", "is", "1980-05-05"),
            ("born before", "attribute.born", "before", "1980-05-05"),
            ("born after", "attribute.born", "after", "1980-05-05"),
            ("born in the last 9,000 days", "attribute.born", "in_last", 9000),
            ("born not in the last 9,000 days", "attribute.born", "not_in_last", 9000),
            ("member is", "attribute.member", "is", True),
            ("member is not", "attribute.member", "is_not", True),
            ("plan is", "attribute.plan", "is", "Pro"),
            ("plan is not", "attribute.plan", "is_not", "Pro"),
            ("was sent the edition", "edition", "is", ids["sent"]),
            ("was not sent the edition", "edition", "is_not", ids["sent"]),
        )
    }  # fmt: skip
    five = [single[name] for name in ("list: subscribed to", "topic: gets", "tag: is not", "city is not", "source is")]
    others = [single[name] for name in ("tag: is", "topic: has chosen", "plan is", "source is", "age is at most")]
    texts = [single[name] for name in ("city contains", "city begins with", "city is, beyond ASCII")]
    combined: dict[str, Rule] = {
        "all of five": {"all": five},
        "any of five": {"any": others},
        "none of five": {"not": others},
        "all of three texts": {"all": [{"not": [each]} for each in texts]},
        "any of three texts": {"any": texts},
        "any of two lists": {
            "any": [single["list: subscribed to"], {**single["list: subscribed to"], "value": ids["other"]}]
        },
        "nested two deep": {"all": [five[0], {"any": [*others[:2], {"not": [*five[3:], single["list: never on"]]}]}]},
        "nested two deep, other way": {
            "any": [
                {"all": five[2:]},
                {"not": [*others[1:3], {"any": [others[0], single["was not sent the edition"]]}]},
            ]
        },
    }
    return {name: {"all": [rule]} for name, rule in single.items()} | combined
