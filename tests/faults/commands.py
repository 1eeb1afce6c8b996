"""Commands in processes of their own, with a database and a folder of their own."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests import servers
from tests.processes import Process, environment, wait_until


def variables_of(folder: Path, server: servers.Postgres | None = None) -> dict[str, str]:
    database = {"DATABASE_URL": server.database(f"imports_{folder.name}".replace("-", "_"))} if server else {}
    return environment(IRIA_DATA=str(folder / "data"), **database)


def begin(folder: Path, variables: dict[str, str], *arguments: str) -> Process:
    log = folder / f"{time.monotonic_ns()}.log"
    return Process([sys.executable, "manage.py", *arguments], variables=variables, log=log)


def to_the_end(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    with begin(folder, variables, *arguments) as process:
        wait_until(lambda: process.popen.poll() is not None, "the command ends", seconds=100)
        assert process.popen.poll() == 0, process.output()
        return process.output()
