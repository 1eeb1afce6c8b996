"""`manage.py up`: prepare the database, then keep a web process and a worker alive until told to stop.

Guarantees: one `up` a data folder; a child that dies is started again; on Ctrl-C, SIGTERM or SIGHUP everything has
ended in less than five seconds, on a second Ctrl-C at once; when this process itself is killed, its children notice
that their stdin closed and end. What cannot work (a taken port, a wrong value, another `up`) ends with status 2 and
one sentence, before anything is imported. Then it imports what its children need and forks them: they start at once,
and share what was imported. It opens no database and starts no thread.
"""

from __future__ import annotations

import contextlib
import errno
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from iria import env
from iria.runner.forking import ForkedProcess, fork
from iria.runner.lock import AlreadyRunning, take_lock
from iria.runner.preload import preload
from lib import hosts

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 4.5  # then children are killed
SECOND_PRESS_SECONDS = 0.3  # `make` and the terminal may both pass the first Ctrl-C on
SHORT_LIFE_SECONDS = 10.0  # a child that ended sooner is started again ever later
LONGEST_PAUSE_SECONDS = 30.0
BAD_ENVIRONMENT = 2  # the exit status by which a child says that trying again is useless
READY_WITHIN = 30.0


@dataclass(frozen=True)
class Place:
    """Where this installation listens and keeps its data."""

    host: str
    port: int
    smtp_port: int | None  # None: mail goes elsewhere, nothing is caught
    data: Path
    site_url: str

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/"


def place() -> Place:
    """Read and judged before anything is started, so that a wrong value costs a sentence and not a stack of logs."""
    if env.choice("IRIA_MODE", "embedded", ("embedded", "production")) == "production":
        raise env.EnvironmentProblem(
            "IRIA_MODE is “production”, but `manage.py up` runs Iria in embedded mode. Start "
            "`python -m iria.door`, a Celery worker and Celery beat instead, or unset IRIA_MODE."
        )
    data = Path(env.text("IRIA_DATA", "var"))
    port = env.integer("PORT", 8000, minimum=1, maximum=65535)
    smtp_port = env.integer("INBOX_SMTP_PORT", 1025, minimum=1, maximum=65535)
    catches = not env.text("EMAIL_URL")
    if catches and port == smtp_port:
        raise env.EnvironmentProblem(f"PORT and INBOX_SMTP_PORT are both {port}, but they must differ.")
    return Place(
        host=env.text("IRIA_BIND", "127.0.0.1"),
        port=port,
        smtp_port=smtp_port if catches else None,
        data=data if data.is_absolute() else ROOT / data,
        site_url=env.site_url("SITE_URL", f"http://localhost:{port}"),
    )


def check_port(name: str, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: TIME_WAIT is no reason
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise env.EnvironmentProblem(
                    f"{name} is {port}, but another program is already listening there."
                    f" Stop it, or choose another port, for example {name}={port + 1 if port < 65535 else port - 1}."
                ) from None
            if error.errno != errno.EACCES:
                name = f"{name} or IRIA_BIND"
            raise env.EnvironmentProblem(f"{name}: {host}, port {port} can't be used: {error.strerror}.") from None


def print_line(words: str) -> None:
    print(words, flush=True)


def run_web() -> int:
    from iria.runner.web import main

    main()
    return 0


def run_worker() -> int:
    from iria.runner.worker import main

    main()
    return 0


def run_prepare() -> int:
    from iria.runner.prepare import main

    return main()


@dataclass
class Child:
    """One of the two processes, and the bookkeeping of its deaths."""

    name: str
    role: str
    main: Callable[[], int]
    process: ForkedProcess | None = None
    started_at: float = 0.0
    pause: float = 0.0
    start_at: float = field(default=0.0)

    def start(self, close: Iterable[int]) -> None:
        # It inherits the lock, which is so held until all have ended.
        self.process = fork(f"iria-{self.role}", self.main, role=self.role, close=close)
        self.started_at = time.monotonic()

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def ended(self) -> int | None:
        """Its exit status, once: reaping makes room for the next start."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        lived = time.monotonic() - self.started_at
        self.pause = 0.0 if lived > SHORT_LIFE_SECONDS else min(max(0.5, self.pause * 2), LONGEST_PAUSE_SECONDS)
        self.start_at = time.monotonic() + self.pause
        self.process = None
        return status

    @property
    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.start_at


class Supervisor:
    """The loop. Signals only wake it; everything happens here, in one thread."""

    def __init__(self, where: Place, lock: int) -> None:
        self.where = where
        self.lock = lock
        self.children = [Child("web process", "web", run_web), Child("worker", "worker", run_worker)]
        self.told_at: float | None = None
        self.at_once = False
        self.ready = False
        self.failure = 0

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.told_at is None:
            self.told_at = now
        elif number == signal.SIGINT and now - self.told_at > SECOND_PRESS_SECONDS:
            self.at_once = True

    def prepare(self) -> int:
        """Migrate and fill an empty database, in a process of its own; 0 when all is well."""
        process = fork("iria-prepare", run_prepare, role="worker", close=())
        while True:
            try:
                status = process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                if self.told_at is None:
                    continue
                # Stopping in the middle is safe: migrations and seeds are transactions.
                process.kill()
                process.wait()
                return 0
            return status if status >= 0 else 1

    def run(self) -> int:
        """Until told to stop. Returns the exit status."""
        with _woken_by_signals(self.on_signal) as wake:
            preload()
            if self.told_at is not None:
                return 0
            status = self.prepare()
            if status or self.told_at is not None:
                return status
            (self.where.data / "worker.alive").unlink(missing_ok=True)
            deadline = time.monotonic() + READY_WITHIN
            while self.told_at is None and not self.failure:
                for child in self.children:
                    self.tend(child)
                if not self.ready:
                    self.look_whether_ready(deadline)
                _sleep(wake, 0.2 if self.ready else 0.1)
            self.stop(wake)
        return self.failure

    def tend(self, child: Child) -> None:
        status = child.ended()
        if status == BAD_ENVIRONMENT:
            self.failure = BAD_ENVIRONMENT  # it has said why
        elif status is not None:
            again = "restarting it" if not child.pause else f"restarting it in {child.pause:g} s"
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            print_line(f"The {child.name} {how}; {again}.")
        if child.is_due and not self.failure:
            others = [each.process.alive for each in self.children if each.process is not None]
            child.start(close=others)

    def look_whether_ready(self, deadline: float) -> None:
        if is_ready(self.where):
            self.ready = True
            print_line(f"Iria is ready at {self.where.address}")
            if self.where.smtp_port:
                print_line(f"  Mail is caught, not delivered. Read it at {self.where.address}inbox/")
            elif hosts.is_loopback(urlsplit(self.where.site_url).hostname or ""):
                print_line(
                    f"  No mail is sent: its links would start with {self.where.site_url}/, which nobody else can open."
                    " Set SITE_URL to your public address."
                )
            if self.where.site_url + "/" != self.where.address:
                print_line(f"  Links in emails start with {self.where.site_url}/")
            print_line("  Press Ctrl-C to stop.")
        elif time.monotonic() > deadline:
            self.ready = True  # said once; the children are tended on
            print_line(
                f"Iria still isn't ready after {READY_WITHIN:.0f} s. See {self.where.address}healthz for the reason."
            )

    def stop(self, wake: socket.socket) -> None:
        if self.ready and not self.failure:
            print_line("Stopping …")
        for child in self.children:
            child.send(signal.SIGTERM)
        deadline = (self.told_at or time.monotonic()) + STOP_SECONDS
        while any(child.process and child.process.poll() is None for child in self.children):
            if self.at_once or time.monotonic() > deadline:
                for child in self.children:
                    child.send(signal.SIGKILL)
                for child in self.children:
                    if child.process:
                        child.process.wait()
                return
            _sleep(wake, 0.05)


def is_ready(where: Place) -> bool:
    """Ask /healthz in the plainest way; a refused connection means not yet."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where.host, where.host)  # noqa: S104 - read, not bound
    try:
        with socket.create_connection((host, where.port), timeout=2) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    except OSError:
        return False


@contextlib.contextmanager
def _woken_by_signals(handler: signal.Handlers | object) -> Iterator[socket.socket]:
    """A socket that becomes readable when a signal came, so that sleeping ends at once."""
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, (lambda *_: None) if number == signal.SIGCHLD else handler)  # type: ignore[arg-type]
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(-1)
        reading.close()
        writing.close()


def _sleep(wake: socket.socket, seconds: float) -> None:
    select.select([wake], [], [], seconds)
    with contextlib.suppress(BlockingIOError):
        wake.recv(64)


def main(argv: list[str]) -> int:
    """Returns the exit status; raises EnvironmentProblem for what the operator must mend."""
    if argv:
        raise env.EnvironmentProblem(f"`manage.py up` takes no arguments, but got “{' '.join(argv)}”.")
    where = place()
    try:
        lock = take_lock(where.data)
    except AlreadyRunning as running:
        raise env.EnvironmentProblem(str(running)) from None
    check_port("PORT", where.host, where.port)
    if where.smtp_port:
        check_port("INBOX_SMTP_PORT", "127.0.0.1", where.smtp_port)
    return Supervisor(where, lock).run()
