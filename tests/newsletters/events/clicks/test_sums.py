"""The sums that reports read are those of the counts, whatever was counted, judged anew or deleted meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Sum

from newsletters.events.clicks import counting, hourly, machines, sums
from newsletters.models import ClickCount, CountedLink, Edition, EditionHour
from tests.newsletters.events.clicks.test_counting import FIREFOX, NOON, clicked, spooled

pytestmark = pytest.mark.django_db
HOUR = datetime.fromtimestamp(NOON - NOON % 3600, tz=UTC)
ROBOT = "python-requests/2.32"


def hours(edition: Edition) -> list[tuple[datetime, int, int]]:
    rows = EditionHour.objects.filter(edition=edition, kind=EditionHour.Kind.CLICK).order_by("hour")
    return list(rows.values_list("hour", "people", "machines"))


def links(edition: Edition) -> list[tuple[int, int]]:
    return list(CountedLink.objects.filter(edition=edition).order_by("number").values_list("people", "machines"))


def test_each_batch_adds_to_the_sums_by_hour_and_by_link(edition: Edition, spools: Path) -> None:
    spool = spooled(
        spools, clicked(edition), clicked(edition, 2, who="192.0.2.2"), clicked(edition, who="192.0.2.3", agent=ROBOT)
    )
    counting.count_clicks()
    assert hours(edition) == [(HOUR, 2, 1)]
    assert links(edition) == [(1, 1), (1, 0), (0, 0)]
    spool.add(clicked(edition, who="192.0.2.4"))
    spool.add(clicked(edition, 3, who="192.0.2.5", at=NOON + 3600))
    counting.count_clicks()
    later = datetime.fromtimestamp(NOON - NOON % 3600 + 3600, tz=UTC)
    assert hours(edition) == [(HOUR, 3, 1), (later, 1, 0)]
    assert links(edition) == [(2, 1), (1, 0), (1, 0)]


def test_what_a_newer_rule_calls_a_machine_changes_sides_in_the_sums(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(spools, clicked(edition), clicked(edition, who="192.0.2.2", agent=ROBOT)).close()
    counting.count_clicks()
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    monkeypatch.setattr(machines, "judge", lambda method, agent: "firefox" if agent == FIREFOX else "")
    assert hourly.judge_again() == 2
    assert hours(edition) == [(HOUR, 1, 1)]
    assert links(edition)[0] == (1, 1)
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    monkeypatch.setattr(machines, "judge", lambda method, agent: "all")
    assert hourly.judge_again() == 2
    assert hours(edition) == [(HOUR, 0, 2)]
    assert links(edition)[0] == (0, 2)


def test_clicks_of_a_link_that_is_gone_are_left_out(edition: Edition) -> None:
    sums.add_clicks({(10**6, HOUR, False): 5})
    assert hours(edition) == []


def test_what_was_counted_before_there_were_sums_is_summed_by_the_migration(edition: Edition, spools: Path) -> None:
    spooled(spools, clicked(edition), clicked(edition, 3, at=NOON + 9), clicked(edition, agent=ROBOT)).close()
    counting.count_clicks()
    before = hours(edition), links(edition)
    EditionHour.objects.all().delete()
    CountedLink.objects.update(people=0, machines=0)
    import_module("newsletters.migrations.0059_sum_what_was_counted").sum_counts(apps, None)
    assert (hours(edition), links(edition)) == before
    assert ClickCount.objects.aggregate(found=Sum("clicks"))["found"] == 3
