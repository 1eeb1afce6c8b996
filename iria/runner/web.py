"""The web process of `manage.py up`: cheroot with a few threads, which can be stopped in the middle of requests."""

from __future__ import annotations

import threading

from cheroot.wsgi import Server

from iria.env import exit_on_bad_environment, text
from iria.runner.child import end_with_the_supervisor, leave

THREADS = 10
REQUEST_SECONDS = 30  # to send a request; a slow client holds one thread no longer


def main() -> None:
    with exit_on_bad_environment():
        from django.conf import settings

        from iria.wsgi import application

    server = Server(
        (text("IRIA_BIND", "127.0.0.1"), settings.PORT),
        application,
        numthreads=THREADS,
        server_name="iria",
        request_queue_size=128,
        timeout=REQUEST_SECONDS,
        shutdown_timeout=2,
    )
    # Not in the signal handler itself: stop() waits for the very loop that the handler interrupts.
    end_with_the_supervisor(lambda: threading.Thread(target=server.stop, name="stop", daemon=True).start())
    server.prepare()
    server.serve()
    leave(0)


if __name__ == "__main__":
    main()
