"""Run a command with the addresses of a PostgreSQL and a Redis in its environment. 2 when none can be had, otherwise
the command's own status."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from tests.servers import ServerMissing, postgres_url, redis_url


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
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
