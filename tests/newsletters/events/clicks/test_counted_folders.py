"""Each machine says up to when its clicks are counted, and who needs every click sees which is behind."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from django.utils import timezone

from newsletters.events.clicks import counted_folders, counting
from newsletters.events.clicks.spool import folder
from newsletters.models import CountedFolder
from newsletters.tasks import reconcile

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def behind(moment: datetime) -> list[str]:
    return list(CountedFolder.objects.behind(moment).values_list("name", flat=True))


@pytest.fixture(autouse=True)
def _unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_folders, "_said_at", {})


def test_counting_says_up_to_when_and_the_folder_keeps_its_name(tmp_path: Path) -> None:
    counting.count_clicks(tmp_path / "clicks")
    (row,) = CountedFolder.objects.all()
    assert timezone.now() - HOUR < row.counted_to < timezone.now()
    CountedFolder.objects.update(counted_to=timezone.now() - HOUR)
    counting.count_clicks(tmp_path / "clicks")  # seldom
    assert behind(timezone.now() - HOUR / 2) == [row.name]
    counted_folders._said_at.clear()
    counting.count_clicks(tmp_path / "clicks")
    assert behind(timezone.now() - HOUR / 2) == []
    assert CountedFolder.objects.count() == 1


def test_processes_that_start_together_say_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has found no name before any of them writes one."""
    together = Barrier(4, timeout=0.2)

    def slow_host() -> str:
        with suppress(BrokenBarrierError):  # who holds the file waits for nobody
            together.wait()
        return "web1"

    monkeypatch.setattr(socket, "gethostname", slow_host)
    with ThreadPoolExecutor(4) as starting:
        names = set(starting.map(counted_folders._name_of, [tmp_path / "clicks"] * 4))
    assert names == {(tmp_path / "clicks.name").read_text()}


def test_a_machine_without_clicks_says_so_too() -> None:
    reconcile()
    (row,) = CountedFolder.objects.all()
    assert row.name == folder().with_name("clicks.name").read_text()


def test_a_machine_that_was_silent_for_two_days_is_gone() -> None:
    now = timezone.now()
    for name, hours in (("web1", 1), ("web2", 30), ("web3", 49)):
        CountedFolder.objects.create(name=name, counted_to=now - hours * HOUR)
    assert behind(now - 2 * HOUR) == ["web2"]
