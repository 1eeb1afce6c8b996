"""Enqueueing that cannot hurt: a nudge is sent after the commit, fails fast, and is never needed.

The database is the truth. A nudge only makes work begin now instead of at the next reconcile, so a broker that is
down is logged and never becomes a reader's error page, nor a wait: Celery's own connection would try for six seconds
when nobody listens, and without end when somebody does and does not answer (both measured).
"""

from __future__ import annotations

import logging
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
_quiet_until = 0.0


def nudge(task: Task[Any, Any] | str, *args: int | str) -> None:
    """Ask a worker to run the task, or the one of that name, once the present transaction is committed."""
    transaction.on_commit(lambda: _send(task, args))


def _send(task: Task[Any, Any] | str, args: tuple[int | str, ...]) -> None:
    global _quiet_until  # noqa: PLW0603 - what this process knows of the broker
    url: str = current_app.conf.broker_url
    if url.startswith("memory://") and settings.IRIA_ROLE != "worker":
        return  # a memory broker is this process's own: the worker beside us looks into the database by itself
    if time.monotonic() < _quiet_until:
        return
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
