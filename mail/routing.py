"""How mails leave: over SMTP connections that are kept, or through a Django e-mail backend (any ESP of anymail).

A transport takes mails and gives back results, in any order, from threads of its own. `open_transport` gives this
process's one; connections belong to the process, not to the task.
"""

from __future__ import annotations

import os

from django.conf import settings

from mail.esp.pool import Pool
from mail.smtp.transport import SmtpTransport
from mail.transport import NO_RECORD, Recorder, Transport

_transport: tuple[int, Recorder, Transport] | None = None


def open_transport(recorder: Recorder) -> Transport:
    """This process's transport, made on first use; a forked child makes its own, and so does another recorder."""
    global _transport  # noqa: PLW0603 - one a process is the point
    if _transport is None or _transport[0] != os.getpid() or _transport[1] is not recorder:
        close_transport()
        _transport = (os.getpid(), recorder, make_transport(recorder))
    return _transport[2]


def make_transport(recorder: Recorder = NO_RECORD) -> Transport:
    route = settings.EMAIL_ROUTE
    if route.is_smtp:
        return SmtpTransport(route, recorder)
    from mail.esp.backend import BackendChannel

    return Pool(lambda: BackendChannel(route.backend), size=route.connections, recorder=recorder)


def close_transport() -> None:
    global _transport  # noqa: PLW0603
    if _transport is not None and _transport[0] == os.getpid():
        _transport[2].close()
    _transport = None
