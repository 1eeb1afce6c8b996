"""The Celery app, for `celery -A iria worker -Q mail,default,bulk` and `celery -A iria beat`.

Tasks are nudges: the database is the truth, and `newsletters.tasks.reconcile` makes again what was lost.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import (
    heartbeat_sent,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from lib.memory import share_arenas

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
# Celery would have a worker run Django's checks, which import every page, and look at nothing that they find.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("iria")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # else .delay() from another thread of an in-process worker falls back to AMQP on localhost
app.autodiscover_tasks()


@worker_init.connect
def keep_memory_small(**_: Any) -> None:
    share_arenas()


@worker_shutting_down.connect
def stop_sending(**_: Any) -> None:
    """A worker that is asked to end lets its sending loops end at the next mail, also those in forked processes."""
    from newsletters.delivery.engine.stopping import stopping

    stopping.set()


@worker_process_shutdown.connect
@worker_shutdown.connect
def wait_for_sending(**_: Any) -> None:
    """Celery waits for its own tasks; the loop that needs no broker may be sending in a thread of this process."""
    from newsletters.delivery.engine import sending
    from newsletters.delivery.engine.stopping import stopping

    if stopping.is_set():
        sending.wait_for_the_end()


@heartbeat_sent.connect
def show_life(**_: Any) -> None:
    """`/healthz` of another process says whether a worker was seen lately."""
    from iria.health import note_worker

    note_worker()


@worker_process_init.connect
def begin_rounds(**_: Any) -> None:
    """In every process of a prefork pool: it looks for editions and messages by itself, also without Redis."""
    from mail.outbox.rounds import OutboxRounds
    from newsletters.delivery.engine.rounds import Rounds
    from newsletters.delivery.engine.stopping import stopping

    queues = set(app.amqp.queues.consume_from)
    if queues & {"default", "bulk"}:
        Rounds(sends="bulk" in queues).start()
    if "mail" in queues:
        OutboxRounds(stopping.wait).start()


@worker_ready.connect
def begin_rounds_without_processes(sender: Any, **_: Any) -> None:
    """Pools of threads, and `solo`, work in this process itself."""
    if not getattr(sender.pool, "uses_semaphore", False):
        begin_rounds()
