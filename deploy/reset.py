"""Delete what an embedded installation made in IRIA_DATA: database, uploads, inbox and secret. Standard library only.

Nothing else in the folder is touched and no question is asked. A production environment is refused, and so is a
running Iria, which would go on with files that are gone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path

MADE_BY_IRIA = (
    "iria.sqlite3*",
    "inbox.sqlite3*",
    "inbox",
    "media",
    "originals",
    "static",
    "journal",
    "secret_key",
    "worker.alive",
    "celerybeat*",
)


def refusal(data: Path) -> str | None:
    """Why nothing may be deleted, in a sentence; None when it may."""
    if os.environ.get("IRIA_MODE") == "production" or os.environ.get("DATABASE_URL"):
        return "this is for the embedded database only, and the environment names another one."
    lock = data / "up.lock"
    if lock.exists():
        with lock.open("rb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return f"Iria is running on {data}. Stop it first (Ctrl-C in its terminal)."
    return None


def main() -> int:
    data = Path(os.environ.get("IRIA_DATA", "").strip() or "var")
    if not data.is_absolute():
        data = Path(__file__).resolve().parent.parent / data
    if why := refusal(data):
        print(f"reset: {why} Nothing was deleted.", file=sys.stderr)
        return 2
    found = sorted(path for pattern in MADE_BY_IRIA for path in data.glob(pattern))
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        print(f"reset: deleted {path}")
    print("reset: done. The next start makes everything anew." if found else f"reset: nothing to delete in {data}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
