"""What Iria writes is for its own user: the database, the inbox, the secret and the journals hold people's addresses.

New files get no rights for others (umask), and those of an older start are mended. What belongs to somebody else, or is
a folder that everybody shares such as /tmp, is left as it is and said in the log.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

logger = logging.getLogger(__name__)

UMASK = 0o077
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# In the data folder of an embedded installation; SQLite gives its journals the rights of the database.
FILES = ("iria.sqlite3*", "inbox.sqlite3*", "secret_key", "celerybeat-schedule*", "up.lock", "worker.alive")


def write_privately() -> None:
    """For all that this process and its children create from now on."""
    os.umask(UMASK)


def mend_rights(data: Path, *, folders: Iterable[Path] = (), files: Iterable[Path] = ()) -> None:
    """Take the rights of group and others from the data folder, these folders and these files, where they exist."""
    for folder in (data, *folders):
        _take_rights(folder)
    for file in (*(found for pattern in FILES for found in data.glob(pattern)), *files):
        _take_rights(file)


def _take_rights(path: Path) -> None:
    try:
        found = path.stat()
        if not found.st_mode & FOR_OTHERS:
            return
        if found.st_mode & stat.S_ISVTX or found.st_uid != os.geteuid():
            logger.warning("%s can be read by others, and isn't ours to change. Make it private to Iria's user", path)
            return
        path.chmod(stat.S_IMODE(found.st_mode) & ~FOR_OTHERS)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.warning("%s can be read by others: %s", path, error.strerror)
