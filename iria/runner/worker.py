"""The worker of `manage.py up`: Celery in this process, a ticker that looks into the database, and the mail catcher.

Celery runs in the main thread, so that its death is the process's death and the supervisor starts a new one. It works
on the broker of REDIS_URL or, without one, on a memory broker of its own: nothing is lost with it, since the ticker
finds all due work in the database again.
"""

from __future__ import annotations

import contextlib
import os

import django
from celery.exceptions import WorkerShutdown

from iria.env import EnvironmentProblem, exit_on_bad_environment
from iria.runner.child import end_with_the_supervisor, leave

QUEUES = "mail,default,bulk"
THREADS = 6  # an edition, the reconcile and mails to single readers never wait for one another
FAILED = 1


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    with exit_on_bad_environment():
        django.setup()
        run()


def run() -> None:
    from django.conf import settings

    from iria.celery import app
    from iria.inbox.catcher import Catcher
    from iria.inbox.store import Store
    from iria.runner.ticker import Ticker
    from newsletters.delivery.engine import sending
    from newsletters.delivery.engine.rounds import Rounds
    from newsletters.delivery.engine.stopping import stopping

    def stop() -> None:
        stopping.set()
        raise WorkerShutdown(0)  # out of Celery's wait for the next message, which lasts up to two seconds

    def begin(_consumer: object) -> None:
        ticker.start()
        Rounds(sends=True).start()

    catcher = None
    if settings.INBOX_ENABLED:
        catcher = Catcher(Store(settings.INBOX_FILE), port=settings.INBOX_SMTP_PORT)
        try:
            catcher.start()
        except OSError as error:
            raise EnvironmentProblem(f"INBOX_SMTP_PORT is {settings.INBOX_SMTP_PORT}: {error.strerror}.") from None

    ticker = Ticker(app, stopping)
    worker = app.WorkController(
        hostname=f"up@{settings.HOST_NAME}",
        pool_cls="threads",
        concurrency=THREADS,
        queues=QUEUES,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
        ready_callback=begin,
    )
    end_with_the_supervisor(stop)
    with contextlib.suppress(WorkerShutdown):  # told to stop before Celery had begun
        worker.start()
    sending.wait_for_the_end()  # which may be under way in a thread that is none of Celery's
    if catcher is not None:
        catcher.stop()  # after the last mail
    leave(0 if stopping.is_set() else FAILED)


if __name__ == "__main__":
    main()
