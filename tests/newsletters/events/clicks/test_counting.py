"""Counting from the spools: each click once, people and machines apart, whatever is killed, damaged or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.events.clicks import batches, counting, hourly, machines
from newsletters.events.clicks.batches import group_lines
from newsletters.events.clicks.spool import NETWORK, Click, ClickKind, Spool, click
from newsletters.models import ClickCount, ClickSpool, Edition
from newsletters.reports.clicks import clicks_of

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOON = 1_795_780_800.0
NOON_MS = 1_795_780_800_000


def clicked(edition: Edition, number: int = 1, *, who: str = "192.0.2.1", agent: str = FIREFOX, at: float = NOON,
            method: str = "GET") -> Click:  # fmt: skip
    return click(edition.pk, number, method=method, visitor=who, agent=agent, now=at)


def spooled(folder: Path, *clicks: Click) -> Spool:
    spool = Spool(folder)
    for one in clicks:
        spool.add(one)
    return spool


def people(edition: Edition) -> list[int]:
    found = clicks_of(edition)
    assert found is not None
    return [link.people for link in found.links]


def test_clicks_are_counted_by_link_and_the_file_of_a_process_that_is_gone_is_deleted(
    edition: Edition, spools: Path
) -> None:
    spool = spooled(spools, clicked(edition), clicked(edition, who="192.0.2.2"), clicked(edition, 3, at=NOON + 9))
    assert counting.count_clicks() == 3
    assert people(edition) == [2, 0, 1]
    assert len(list(spools.iterdir())) == 1, "the process is there"
    spool.close()
    assert counting.count_clicks() == 0
    assert people(edition) == [2, 0, 1]
    assert list(spools.iterdir()) == []
    assert not ClickSpool.objects.exists()


def test_what_was_counted_is_not_counted_again_when_more_comes(edition: Edition, spools: Path) -> None:
    spool = spooled(spools, clicked(edition))
    counting.count_clicks()
    spool.add(clicked(edition, who="192.0.2.9"))
    assert counting.count_clicks() == 1
    assert people(edition) == [2, 0, 0]
    assert ClickCount.objects.count() == 1


def test_the_last_seconds_wait_for_what_may_follow_them(edition: Edition, spools: Path) -> None:
    now = time.time()
    spool = spooled(spools, clicked(edition, at=now - 60), clicked(edition, who="192.0.2.2", at=now))
    assert counting.count_clicks() == 1
    assert counting.anything_waits()
    spool.close()
    assert counting.count_clicks() == 1
    assert not counting.anything_waits()


@pytest.mark.parametrize(
    ("method", "agent", "rule"),
    [
        ("GET", FIREFOX, machines.PEOPLE),
        ("GET", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", ""),
        ("HEAD", FIREFOX, machines.ASKS),
        ("GET", "", machines.NAMELESS),
        ("GET", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", machines.ROBOT),
        ("GET", "BarracudaCentral/1.0", machines.BARRACUDA),
        ("GET", "python-requests/2.32", machines.ROBOT),
        ("GET", "Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/140.0", machines.ROBOT),
        ("GET", "WhatsApp/2.23.20.0", machines.ROBOT),
        ("GET", "Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", ""),
        ("GET", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Mobile/15E148 [LinkedInApp]/9.1", ""),
        ("GET", "LinkedInBot/1.0 (compatible; Mozilla/5.0)", machines.ROBOT),
    ],
)
def test_who_is_a_machine(edition: Edition, spools: Path, method: str, agent: str, rule: str) -> None:
    spooled(spools, clicked(edition, method=method, agent=agent)).close()
    counting.count_clicks()
    row = ClickCount.objects.get()
    assert (row.rule, row.rules, row.clicks, row.method) == (rule, machines.VERSION, 1, method)


def test_what_comes_from_a_scanners_network_is_a_machines_whatever_it_calls_itself(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(spools, clicked(edition)._replace(seen=NETWORK), clicked(edition, who="192.0.2.2")).close()
    counting.count_clicks()
    assert people(edition) == [1, 0, 0]
    assert ClickCount.objects.get(agent__name=FIREFOX, rule=NETWORK).clicks == 1
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    assert hourly.judge_again() == 0, "nobody knows the network any more"
    assert people(edition) == [1, 0, 0]


def test_who_follows_three_links_in_two_seconds_is_a_machine_and_who_takes_their_time_is_not(
    edition: Edition, spools: Path
) -> None:
    scanner = [clicked(edition, n, who="198.51.100.7", at=NOON + n / 10) for n in (1, 2, 3)]
    reader = [clicked(edition, n, who="192.0.2.1", at=NOON + 5 * n) for n in (1, 2, 3)]
    eager = [clicked(edition, 1, who="192.0.2.2", at=NOON + n / 10) for n in range(5)]
    spooled(spools, *reader, *scanner, *eager).close()
    counting.count_clicks()
    assert people(edition) == [6, 1, 1]
    assert sorted(ClickCount.objects.filter(rule=machines.AT_ONCE).values_list("clicks", flat=True)) == [1, 1, 1]


@given(
    st.lists(
        st.tuples(st.integers(0, 6000), st.integers(1, 4), st.sampled_from("ab")), max_size=40
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_machines_found_by_the_window_are_those_found_by_looking_at_each(events: list[tuple[int, int, str]]) -> None:
    clicks = [Click(NOON_MS + at, 1, number, "GET", who, FIREFOX) for at, number, who in events]
    groups, damaged = group_lines(b"".join(one.line() for one in clicks))
    assert not damaged
    found = machines.together(groups)
    for one in clicks:
        starts = [
            each.at for each in clicks if each.visitor == one.visitor and 0 <= one.at - each.at <= machines.WITHIN
        ]
        many = any(
            len({e.number for e in clicks if e.visitor == one.visitor and start <= e.at <= start + machines.WITHIN})
            >= machines.MANY
            for start in starts
        )
        times = found.get((1, one.visitor), machines.MachineTimes())
        assert (times.rule_at(one.at, is_open=False) == machines.AT_ONCE) == many
        assert times.rule_at(one.at, is_open=True) == machines.PEOPLE


def test_damaged_lines_cost_only_themselves(edition: Edition, spools: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = spooled(spools, clicked(edition))
    [path] = spools.iterdir()
    with path.open("ab") as file:
        file.write(b"\x00\x00\xff\n1\t2\nx\ty\tz\tGET\tv\ta\n" + clicked(edition, who="b").line() + b"half a li")
    spool.close()
    assert counting.count_clicks() == 2
    assert people(edition) == [2, 0, 0]
    assert "4 damaged lines" in caplog.text
    assert list(spools.iterdir()) == [], "and the file is done with"
    assert not counting.anything_waits()


def test_clicks_of_editions_and_links_that_are_gone_are_dropped(edition: Edition, spools: Path) -> None:
    spooled(
        spools, clicked(edition, 99), Click(int(NOON * 1000), 10**9, 1, "GET", "v", FIREFOX), clicked(edition)
    ).close()
    counting.count_clicks()
    assert people(edition) == [1, 0, 0]


def test_a_database_that_fails_loses_nothing(edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spooled(spools, clicked(edition)).close()

    def fail(*_: object) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as context:
        context.setattr(hourly, "add", fail)
        with pytest.raises(DatabaseError):
            counting.count_clicks()
    assert counting.count_clicks() == 1
    assert people(edition) == [1, 0, 0]


def test_a_process_that_is_killed_has_lost_no_click_that_it_answered(edition: Edition, spools: Path) -> None:
    """The process says each click after it has noted it; kill -9 in the midst of them."""
    code = (
        "import sys, django; django.setup()\n"
        "from pathlib import Path\n"
        "from newsletters.events.clicks.spool import Spool, click\n"
        "spool = Spool(Path(sys.argv[1]))\n"
        "for n in range(10**9):\n"
        "    spool.add(click(int(sys.argv[2]), 1, method='GET', visitor=str(n), agent='Firefox', now=1795780800.0))\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(spools), str(edition.pk)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 2000:
                break
        assert counting.count_clicks(everything=True) > 0, "also while it lives"
        os.kill(process.pid, signal.SIGKILL)
        answered = 2001 + len(process.stdout.read().splitlines())
    counting.count_clicks()
    assert answered <= people(edition)[0] <= answered + 1
    assert list(spools.iterdir()) == []


def test_better_rules_judge_what_older_ones_judged(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks = [clicked(edition, who=f"192.0.2.{n}", agent="Curious/1.0") for n in range(3)]
    spooled(spools, *clicks, clicked(edition, who="x"), clicked(edition, who="y", method="HEAD")).close()
    counting.count_clicks()
    assert people(edition) == [4, 0, 0]
    monkeypatch.setattr(machines, "VERSION", 4)
    monkeypatch.setattr(
        machines, "judge", lambda method, agent: machines.ROBOT if method == "HEAD" or "Curious" in agent else ""
    )
    assert hourly.judge_again() == 2
    assert people(edition) == [1, 0, 0]
    assert set(ClickCount.objects.values_list("rules", flat=True)) == {4}
    assert hourly.judge_again() == 0


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_a_line_says_what_it_was_made_of_whatever_the_program_calls_itself(agent: str) -> None:
    one = click(7, 3, method="GET", visitor="192.0.2.1", agent=agent, now=NOON)
    line = one.line()
    assert line.count(b"\n") == 1
    [group], damaged = group_lines(line)
    assert (group.kind, group.times, group.people, damaged) == (
        ClickKind(7, 3, "GET", one.agent, is_reader=False), [one.at], [one.visitor], 0,
    )  # fmt: skip
    assert "192.0.2.1" not in line.decode()


def test_a_burst_that_a_run_cuts_in_two_is_still_one(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it is counted, a click is seen together with those around it."""
    burst = [clicked(edition, n, who="198.51.100.7", at=NOON + at) for n, at in ((1, 0.0), (2, 0.1), (3, 1.9))]
    spool = spooled(spools, *burst)
    for step in range(80):
        monkeypatch.setattr("newsletters.events.clicks.counting.time.time", lambda step=step: NOON + step / 10)
        counting.count_clicks()
    assert people(edition) == [0, 0, 0]
    assert sum(ClickCount.objects.filter(rule=machines.AT_ONCE).values_list("clicks", flat=True)) == 3
    spool.close()


def test_a_disk_that_takes_half_a_line_costs_that_click_alone(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spool = spooled(spools, clicked(edition))
    write = os.write
    with monkeypatch.context() as context:
        context.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 3]))
        spool.add(clicked(edition, who="torn"))
    spool.add(clicked(edition, who="after"))
    assert "Clicks can't be counted: the disk is full" in caplog.text
    spool.close()
    counting.count_clicks()
    assert people(edition) == [2, 0, 0]
    assert list(spools.iterdir()) == []


@pytest.mark.parametrize("at", [0, 17_642_304_1764230405123, 2**70, -1])
def test_a_time_that_cannot_be_is_damage(edition: Edition, spools: Path, at: int) -> None:
    spool = spooled(spools, clicked(edition), Click(at, edition.pk, 1, "GET", "v", FIREFOX), clicked(edition, who="b"))
    counting.count_clicks()
    assert people(edition) == [2, 0, 0]
    spool.close()


def test_who_opened_a_file_before_another_worker_was_done_with_it_counts_nothing(
    edition: Edition, spools: Path
) -> None:
    spooled(spools, clicked(edition)).close()
    [path] = spools.iterdir()
    with path.open("rb") as late:
        counting.count_clicks()
        assert counting._count_batch(path.name, late.fileno(), None, is_free=True) is None
    assert people(edition) == [1, 0, 0]
    assert not ClickSpool.objects.exists()


def test_a_file_lasts_a_minute_so_that_no_click_lies_there_longer(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spooled(spools, clicked(edition))
    spool.end_old()
    assert not counting._is_free(os.open(next(spools.iterdir()), os.O_RDONLY))
    monkeypatch.setattr("newsletters.events.clicks.spool.OLDEST_FILE", 0.0)
    spool.end_old()
    counting.count_clicks()
    assert list(spools.iterdir()) == []


def test_a_file_is_counted_in_several_transactions(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between them, others may write: on SQLite after a pause in which all who wait look once."""
    monkeypatch.setattr(counting, "_LARGE", 5)
    monkeypatch.setattr(batches, "BATCH", 2000)
    pauses: list[float] = []
    monkeypatch.setattr("newsletters.events.clicks.counting.time.sleep", pauses.append)
    spooled(spools, *(clicked(edition, who=str(n)) for n in range(50))).close()
    assert counting.count_clicks() == 50
    assert people(edition) == [50, 0, 0]
    if connection.vendor == "sqlite":
        assert len(pauses) > 1
        assert min(pauses) > 0  # less what reading the next batch took
    else:
        assert pauses == []
