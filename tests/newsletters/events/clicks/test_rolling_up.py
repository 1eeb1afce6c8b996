"""Old counts by hour and program become one for each family of programs, and no report says anything else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from newsletters.events.clicks import hourly
from newsletters.events.clicks.families import FAMILIES, OTHERS
from newsletters.events.clicks.hourly import CLICKS, OPENS, Key
from newsletters.events.clicks.rolling_up import roll_up_old
from newsletters.models import ClickCount, CountedLink, Edition, OpenCount
from newsletters.reports.edition_report import report_edition
from tests.factories import give_number, make_edition, make_list, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
AGENTS = (IPHONE.format("Mail/1"), IPHONE.format("Mail/2"), "Firefox/140 Windows NT", "Lynx/2.9")


@pytest.fixture
def edition(settings: Settings) -> Edition:
    settings.TRACKING_KEPT_DAYS = 100
    mailing_list = make_list()
    make_reader(mailing_list)
    edition = give_number(queue(make_edition(make_newsletter(mailing_list))))
    began = timezone.now() - 101 * DAY
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENT, frozen_at=began, finished_at=began)
    edition.refresh_from_db()
    return edition


def counted(edition: Edition, days: int) -> None:
    """So many days after it began: each program clicks and opens in three hours, and a machine, too."""
    assert edition.frozen_at
    link, _new = CountedLink.objects.get_or_create(edition=edition, number=1, url="https://a.example/")
    first = edition.frozen_at.replace(minute=0, second=0, microsecond=0) + days * DAY
    agents = hourly.agents_named(set(AGENTS))
    hours = [int(first.timestamp() * 1000) + 3_600_000 * at for at in range(3)]
    for counting, target in ((CLICKS, link.pk), (OPENS, edition.pk)):
        keys = [Key(target, at, name, "GET", rule) for at in hours for name in AGENTS for rule in ("", "robot")]
        hourly.add(counting, dict.fromkeys(keys, 2), agents)


def test_old_counts_are_rolled_up_and_reports_stay(edition: Edition) -> None:
    counted(edition, 0)
    now = timezone.now()
    before = report_edition(edition, now)
    assert (ClickCount.objects.count(), OpenCount.objects.count()) == (24, 24)
    assert (roll_up_old(), roll_up_old()) == (1, 0)
    assert report_edition(edition, now) == before
    for rows, amount in ((ClickCount.objects.all(), "clicks"), (OpenCount.objects.all(), "opens")):
        kept = {(row.agent.name, row.rule): getattr(row, amount) for row in rows.select_related("agent")}
        assert {name for name, _rule in kept} <= FAMILIES
        assert len(kept) == len(rows) == 6
        assert kept[f"{OTHERS} iPhone AppleWebKit/", "robot"] == 12
        assert sum(kept.values()) == 48


def test_what_came_late_has_its_time_too(edition: Edition) -> None:
    counted(edition, 0)
    counted(edition, 50)
    assert (roll_up_old(), roll_up_old()) == (1, 0)
    assert ClickCount.objects.count() == 6 + 24
    with time_machine.travel(timezone.now() + 101 * DAY):
        assert (roll_up_old(), roll_up_old()) == (1, 0)
    assert set(ClickCount.objects.values_list("clicks", flat=True)) == {12, 24}
