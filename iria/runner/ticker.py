"""Looks into the database for due work, as beat does in production, but twice a second and without a broker between.

It only nudges: each task is put into the queue when the one before has ended, so that nothing ever piles up. A database
that cannot be read for a moment is said once, and asked again.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import task_postrun
from django.db import DatabaseError, connection

from iria.beat_schedule import SCHEDULE
from iria.health import note_worker
from iria.runner.terminal_news import News
from mail.outbox.posting import SEND_MESSAGES, is_anything_due
from newsletters.delivery.engine.stopping import StopFlag

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.4
LOST_AFTER_SECONDS = 120.0  # a nudge of which nothing was heard, for example because Redis was emptied

RECONCILE = "newsletters.tasks.reconcile"
# More often than beat, in seconds: on one machine it costs little, and people who try Iria wait for it.
MORE_OFTEN = {
    RECONCILE: 1.0,
    "newsletters.tasks.look_after_comments": 20.0,
    "newsletters.tasks.fetch_mail": 20.0,
}
# Without being asked for, every so many seconds: all that beat does, but for messages, which are sent when one is due.
EVERY: dict[str, float] = {
    each["task"]: each["schedule"] for each in SCHEDULE.values() if each["task"] != SEND_MESSAGES
} | MORE_OFTEN


class Ticker:
    def __init__(self, app: Celery, stopping: StopFlag) -> None:
        self.app = app
        self.stopping = stopping
        self.news = News()
        self.under_way: dict[str, tuple[str, float]] = {}  # task name -> id of its last nudge, when
        self.nudged_at = dict.fromkeys(EVERY, float("-inf"))
        self.in_trouble = False
        task_postrun.connect(self.on_task_ended)

    def start(self) -> None:
        threading.Thread(target=self.run, name="ticker", daemon=True).start()

    def run(self) -> None:
        while not self.stopping.wait(TICK_SECONDS):
            try:
                self.tick()
                self.in_trouble = False
            except DatabaseError as error:
                if not self.in_trouble:
                    logger.warning("Can't read the database right now (%s); retrying", error)
                self.in_trouble = True
                connection.close()

    def tick(self) -> None:
        note_worker()
        if is_anything_due():
            self.nudge(SEND_MESSAGES)
        for name, seconds in EVERY.items():
            if time.monotonic() - self.nudged_at[name] >= seconds:
                self.nudge(name)
        for line in self.news.fresh():
            print(line, flush=True)

    def nudge(self, name: str) -> None:
        """Put the task into the queue, unless its last nudge still waits or runs."""
        if name in self.under_way and time.monotonic() - self.under_way[name][1] < LOST_AFTER_SECONDS:
            return
        if name in EVERY:
            self.nudged_at[name] = time.monotonic()
        task_id = f"{name}:{time.monotonic_ns()}"
        self.under_way[name] = (task_id, time.monotonic())
        try:
            self.app.send_task(name, task_id=task_id, retry=False)
        except Exception as error:  # noqa: BLE001 - whatever a broker's client raises; the next tick tries again
            del self.under_way[name]
            if not self.in_trouble:
                logger.warning("Can't reach the broker (%s); retrying", error)
            self.in_trouble = True

    def on_task_ended(self, task_id: str, task: Any, **_: Any) -> None:
        if self.under_way.get(task.name, ("", 0.0))[0] == task_id:
            self.under_way.pop(task.name, None)
