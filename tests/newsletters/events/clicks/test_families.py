"""Programs whose names somebody invents fill no table, and real ones are still told apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from newsletters.events.clicks import counting, families, hourly, machines, reader_rows, readers
from newsletters.events.clicks.spool import LONGEST_AGENT, OPEN, click
from newsletters.models import Agent, ClickCount, Edition, ReaderCount
from newsletters.reports import programs
from newsletters.reports.programs import clicks_by_program
from tests.factories import make_subscriber
from tests.newsletters.events.clicks.test_counting import NOON, clicked, people, spooled

pytestmark = pytest.mark.django_db
NEW_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/151.0.0.0 Safari/537.36"
)


def count(edition: Edition, spools: Path, agents: Sequence[str], number: int = 1, *, at: float = NOON) -> None:
    spooled(
        spools, *(clicked(edition, number, who=str(n), agent=agent, at=at) for n, agent in enumerate(agents))
    ).close()
    counting.count_clicks()


def names() -> set[str]:
    return set(Agent.objects.values_list("name", flat=True))


def invented(amount: int) -> list[str]:
    return [f"Invented {n}" for n in range(amount)]


def test_a_familys_name_says_to_reports_what_its_programs_names_say() -> None:
    devices = [key for key, _name, _pattern in programs._DEVICES] + [programs.OTHER]
    kinds = [key for key, _name, _pattern in programs._PROGRAMS] + [programs.OTHER]
    # An app of Apple's is named after its device.
    pairs = set(product(devices, kinds)) - {(programs.OTHER, "apple_app")}
    found = {(programs.device_of(name), programs.program_of(name)) for name in families.FAMILIES}
    assert found >= pairs
    for name in families.FAMILIES:
        assert families.family_of(name) in families.FAMILIES
    assert families.family_of("Invented/1.0") == families.OTHERS


def test_names_beyond_those_of_a_batch_count_under_their_family(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hourly, "MOST_NEW_AGENTS", 3)
    count(edition, spools, [f"{name} " + "x" * 1000 for name in invented(20)])
    assert people(edition) == [20, 0, 0]
    assert len(names()) == 4
    assert families.OTHERS in names()
    assert max(map(len, names())) <= LONGEST_AGENT


def test_in_a_table_that_is_full_a_new_browser_is_still_that_browser(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hourly, "MOST_AGENTS", 5)
    for day in range(3):
        count(edition, spools, [f"Day {day} program {n}" for n in range(4)])
    assert len(names()) == 6
    count(edition, spools, [NEW_CHROME])
    assert NEW_CHROME not in names()
    assert people(edition) == [13, 0, 0]
    devices, kinds = clicks_by_program(edition)
    assert ("computer", 1) in [(tally.key, tally.count) for tally in devices]
    assert ("chrome", 1) in [(tally.key, tally.count) for tally in kinds]


def test_an_hour_of_a_link_has_so_many_rows_and_no_more(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hourly, "MOST_AN_HOUR", 10)
    count(edition, spools, [*invented(30), NEW_CHROME, NEW_CHROME])
    assert people(edition) == [32, 0, 0]
    assert ClickCount.objects.count() == 11
    assert ClickCount.objects.get(agent__name=NEW_CHROME).clicks == 2, "what many have finds room first"
    count(edition, spools, [*invented(60), NEW_CHROME])
    assert people(edition) == [93, 0, 0]
    assert ClickCount.objects.count() == 11, "rows that are there grow, and there are no new ones"
    assert ClickCount.objects.get(agent__name=NEW_CHROME).clicks == 3
    count(edition, spools, invented(4), number=2)
    count(edition, spools, invented(4), at=NOON + 3600)
    assert ClickCount.objects.count() == 19, "another link, and another hour, have room of their own"


def test_what_counts_under_a_family_keeps_its_rule(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name says too little to judge by."""
    monkeypatch.setattr(hourly, "MOST_NEW_AGENTS", 0)
    count(edition, spools, ["python-requests/2.32", NEW_CHROME])
    row = ClickCount.objects.get(rule=machines.ROBOT)
    ReaderCount.objects.create(
        edition=edition, subscriber_id=7, kind="c", agent=row.agent, rule=machines.ROBOT, rules=machines.VERSION,
        times=1, first_at=row.hour, last_at=row.hour,
    )  # fmt: skip
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    assert hourly.judge_again() + readers.judge_again() == 0
    assert people(edition) == [1, 0, 0]
    assert set(ClickCount.objects.values_list("rules", flat=True)) == {machines.VERSION}
    assert ReaderCount.objects.get().rule == machines.ROBOT


def test_one_reader_has_so_many_rows_of_an_edition_whatever_programs_somebody_invents(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_rows, "MOST_ROWS", 5)
    ada, bea = make_subscriber(), make_subscriber()

    def read(*agents: str) -> None:
        events = [
            click(edition.pk, OPEN, method="GET", visitor="x", agent=agent, subscriber=person.pk, now=NOON)
            for person, some in ((ada, agents), (bea, agents[:1]))
            for agent in some
        ]
        spooled(spools, *events).close()
        counting.count_clicks()

    read(*invented(3))
    read(*invented(9), NEW_CHROME, NEW_CHROME)
    of_ada = dict(ReaderCount.objects.filter(subscriber_id=ada.pk).values_list("agent__name", "times"))
    assert of_ada.pop(families.OTHERS) == 5
    assert of_ada.pop(NEW_CHROME) == 2, "what came most often finds room first"
    assert len(of_ada) == 4 and sum(of_ada.values()) == 7
    read(*invented(40))
    assert ReaderCount.objects.filter(subscriber_id=ada.pk).count() == 6
    assert ReaderCount.objects.get(subscriber_id=ada.pk, agent__name=families.OTHERS).times == 5 + 36
    assert ReaderCount.objects.filter(subscriber_id=bea.pk).count() == 1
