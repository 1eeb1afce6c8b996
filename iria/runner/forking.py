"""The processes of `manage.py up` are forked from one that has imported everything: they start at once, and what was
imported is in memory once.

Only a process of one thread, without a connection to a database, may be forked so; the supervisor is one.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from subprocess import TimeoutExpired

_SET_NAME = 15  # prctl(2), PR_SET_NAME
_LONGEST_NAME = 15


class ForkedProcess:
    """A child, as `subprocess.Popen` would be one. It learns by the end of its stdin that we are gone."""

    def __init__(self, name: str, pid: int, alive: int) -> None:
        self.name = name
        self.pid = pid
        self.alive = alive  # closed by nobody but us, and by our end
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._ended(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutExpired(self.name, timeout or 0)
            time.sleep(0.01)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, status: int) -> None:
        self.returncode = os.waitstatus_to_exitcode(status)
        os.close(self.alive)


def fork(name: str, main: Callable[[], int], *, role: str, close: Iterable[int]) -> ForkedProcess:
    """Run `main` in a child with this role, in a process group of its own: the terminal's Ctrl-C reaches the supervisor
    alone, which then stops everybody in order. `close` are descriptors that are none of the child's business."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # else the child's first collection copies every page that it looks at
    stdin, alive = os.pipe()
    pid = os.fork()
    if pid:
        os.close(stdin)
        with contextlib.suppress(OSError):  # the child did it already, or has ended
            os.setpgid(pid, pid)
        return ForkedProcess(name, pid, alive)
    status = 1
    try:
        _settle_in(name, stdin, role, close=[alive, *close])
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last thing that this process does
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _settle_in(name: str, stdin: int, role: str, close: Iterable[int]) -> None:
    from django.conf import settings

    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for descriptor in close:
        os.close(descriptor)
    os.dup2(stdin, 0)
    os.close(stdin)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    os.environ["IRIA_ROLE"] = settings.IRIA_ROLE = role
    with contextlib.suppress(OSError, AttributeError):  # a name for `top`, where there is such a call
        ctypes.CDLL(None).prctl(_SET_NAME, name.encode()[:_LONGEST_NAME], 0, 0, 0)
