"""What came in is worked off without a pause, by a few tasks at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from lib.places import place_for
from newsletters import tasks
from newsletters.events import incoming
from newsletters.events.receiving import reading
from newsletters.models import RawEvent
from newsletters.reports import list_figures, recipient_groups

pytestmark = pytest.mark.django_db


def test_while_something_waits_the_task_asks_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for number in range(3):
        RawEvent.objects.create(
            source="mail", digest=str(number), body=b"", size=0, received_at=now, due_at=now, content_type=""
        )
    nudged: list[object] = []
    monkeypatch.setattr(tasks, "nudge", lambda task, *_: nudged.append(task))
    monkeypatch.setattr(incoming, "work_off", lambda: reading.read_waiting(2))
    tasks.receive_events()
    assert nudged == [tasks.receive_events]
    tasks.receive_events()
    assert nudged == [tasks.receive_events]
    assert not incoming.anything_waits()


def test_one_worker_at_a_time_counts_for_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(recipient_groups, "count_waiting", lambda: counted.append("groups"))
    monkeypatch.setattr(list_figures, "count_a_list_that_is_due", lambda: counted.append("list"))
    with ThreadPoolExecutor(1) as elsewhere, place_for(tasks.COUNTING):
        elsewhere.submit(_run, tasks.count_for_reports).result()
    assert counted == []
    tasks.count_for_reports()
    assert counted == ["groups", "list"]


def test_one_worker_at_a_time_fetches_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(incoming, "fetch_mail", lambda: looks.append("look"))
    with ThreadPoolExecutor(1) as elsewhere, place_for(tasks.FETCHING):
        elsewhere.submit(_run, tasks.fetch_mail).result()
    assert looks == []
    tasks.fetch_mail()
    assert looks == ["look"]


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    finally:
        connection.close()
