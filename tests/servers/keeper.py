"""The keeper of one server: runs its command, and ends it as soon as nobody holds our standard input any more.

    python keeper.py FOLDER USER SIGNAL COMMAND...

It runs as a script by itself and imports little, since each server of each test waits for it. When the command ends
by itself its folder stays, since the log in it says why; otherwise nothing stays.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

STOP_SECONDS = 10.0


def keep(folder: Path, user: str, ends_by: signal.Signals, command: list[str]) -> int:
    """Run the command until our standard input closes, and then remove the folder."""
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
        threading.Thread(target=_end_when_alone, args=(server, alone, ends_by), daemon=True).start()
        return server.wait()
    except SystemExit:
        alone.set()
        raise
    finally:
        _end(server, ends_by)
        if alone.is_set():
            shutil.rmtree(folder, ignore_errors=True)


def _end_when_alone(server: subprocess.Popen[bytes], alone: threading.Event, ends_by: signal.Signals) -> None:
    while os.read(0, 1024):  # nobody writes: the end of the file means that our user is gone
        pass
    alone.set()
    _end(server, ends_by)


def _end(server: subprocess.Popen[bytes], ends_by: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(ends_by)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), sys.argv[2], signal.Signals[sys.argv[3]], sys.argv[4:]))
