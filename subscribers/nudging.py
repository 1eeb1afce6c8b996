"""Enqueueing that cannot hurt: a nudge is sent after the commit, fails fast, and is never needed.

The database is the truth. A nudge only makes work begin now instead of at the next reconcile, so a broker that is
down is logged and never becomes a reader's error page.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)


def nudge(task: Task[Any, Any], *args: int | str) -> None:
    """Ask a worker to run the task once the present transaction is committed."""
    transaction.on_commit(lambda: _send(task, args))


def _send(task: Task[Any, Any], args: tuple[int | str, ...]) -> None:
    if current_app.conf.broker_url.startswith("memory://") and settings.IRIA_ROLE != "worker":
        return  # a memory broker is this process's own: the worker beside us looks into the database by itself
    try:
        task.apply_async(args=args, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises, the row is already committed
        logger.warning("Broker not reached (%s); %s%s waits for the next reconcile", error, task.name, args)
