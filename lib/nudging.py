"""Enqueueing that cannot hurt: a nudge is sent after the commit, fails fast, and is never needed.

The database is the truth. A nudge only makes work begin now instead of at the next reconcile, so a broker that is
down is logged and never becomes a reader's error page, nor a wait: Celery's own connection would try for six seconds
when nobody listens, and without end when somebody does and does not answer (both measured).
"""

from __future__ import annotations

import logging
import threading
import time
from functools import lru_cache
from typing import Any

from celery import Task, current_app
from django.conf import settings
from django.db import transaction
from kombu import Connection
from kombu.pools import producers

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
QUIET_SECONDS = 5.0  # after a failure, so that not every request waits for a broker that is down
GATHER_SECONDS = 0.05
_quiet_until = 0.0
_gathering = threading.Lock()
_sent_at: dict[str, float] = {}
_planned: set[str] = set()


def nudge(task: Task[Any, Any] | str, *args: int | str) -> None:
    """Ask a worker to run the task, or the one of that name, once the present transaction is committed."""
    transaction.on_commit(lambda: _send(task, args))


def nudge_for_all(task: str) -> None:
    """The same for work that many ask for at once, and that a worker does for all of them: a nudge that was just sent
    is followed by one more, a moment later, and not by one for each."""
    transaction.on_commit(lambda: _send_for_all(task))


def _send_for_all(task: str) -> None:
    if _is_of_no_use():
        return
    with _gathering:
        if task in _planned:  # it is sent after this commit
            return
        wait = _sent_at.get(task, float("-inf")) + GATHER_SECONDS - time.monotonic()
        if wait > 0:
            _planned.add(task)
            later = threading.Timer(wait, _send_planned, (task,))
            later.daemon = True  # a process that ends leaves it to the next look
            later.start()
            return
        _sent_at[task] = time.monotonic()
    _send(task, ())


def _send_planned(task: str) -> None:
    with _gathering:
        _planned.discard(task)
        _sent_at[task] = time.monotonic()
    _send(task, ())


def _is_of_no_use() -> bool:
    """A memory broker is this process's own: the worker beside us looks into the database by itself."""
    url: str = current_app.conf.broker_url
    return url.startswith("memory://") and settings.IRIA_ROLE != "worker"


def _send(task: Task[Any, Any] | str, args: tuple[int | str, ...]) -> None:
    global _quiet_until  # noqa: PLW0603 - what this process knows of the broker
    if _is_of_no_use() or time.monotonic() < _quiet_until:
        return
    url: str = current_app.conf.broker_url
    try:
        with producers[_connection(url)].acquire(block=True, timeout=PATIENCE_SECONDS) as producer:
            if isinstance(task, str):
                current_app.send_task(task, args=args, retry=False, producer=producer)
            else:
                task.apply_async(args=args, retry=False, producer=producer)
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises, the row is already committed
        _quiet_until = time.monotonic() + QUIET_SECONDS
        name = task if isinstance(task, str) else task.name
        logger.warning("Broker not reached (%s); %s%s waits for the next reconcile", error, name, args)


@lru_cache(maxsize=4)
def _connection(url: str) -> Connection:
    """Where nudges go. Not Celery's own connection, which is made to wait until the broker is back."""
    impatience: dict[str, Any] = (
        {
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
        }
        if url.startswith("redis")
        else {}
    )
    return Connection(url, transport_options=current_app.conf.broker_transport_options | impatience)
