"""`make test`: run its parts one after the other, and say at the end how long each took.

    python tests/parts.py MAKE TARGET=NAME...

The first part that fails is the last, and its status is ours; what was run until then is still told. Nothing but
Python is needed, since the first part may be the installation.
"""

from __future__ import annotations

import subprocess
import sys
import time


def main(make: str, *parts: str) -> int:
    took: list[str] = []
    began = time.monotonic()
    status = 0
    for part in parts:
        target, _, name = part.partition("=")
        started = time.monotonic()
        status = subprocess.run([make, "--no-print-directory", target], check=False).returncode
        took.append(f"{name} {minutes(time.monotonic() - started)}" + (" (failed)" if status else ""))
        if status:
            break
    print(" · ".join(took), f"= {minutes(time.monotonic() - began)}", flush=True)
    return status


def minutes(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
