"""Where the file of an import lies: a private folder of its own, and not for long, since it is full of addresses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from subscribers.imports.files.tables import LARGEST_FILE, UnreadableFile, megabytes
from subscribers.models import Import

KEPT = timedelta(days=30)  # after the last thing that was done with it: refused rows can be downloaded so long
_CHUNK = 1024 * 1024


def folder_of(of: Import) -> Path:
    return Path(settings.IRIA_DATA) / "imports" / of.folder.hex


def file_of(of: Import) -> Path:
    return folder_of(of) / "file"


def scratch_of(of: Import) -> Path:
    return folder_of(of) / "rows.sqlite3"


def keep_file(of: Import, chunks: Iterable[bytes]) -> None:
    """Write the file for Iria's user alone. Raises `UnreadableFile` when there is too much of it."""
    folder = folder_of(of)
    folder.mkdir(mode=0o700, parents=True)
    size = 0
    try:
        with os.fdopen(os.open(file_of(of), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > LARGEST_FILE:
                    break
                file.write(chunk)
    except OSError:  # a full disk
        forget_file(of)
        raise
    if size > LARGEST_FILE:
        forget_file(of)
        words = _("%(name)s is larger than %(most)s. Split it into several files.")
        raise UnreadableFile(words % {"name": of.name, "most": megabytes(LARGEST_FILE)})


def chunks_of(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def forget_file(of: Import) -> None:
    shutil.rmtree(folder_of(of), ignore_errors=True)


def forget_old_files() -> int:
    """Delete the files of imports that nobody has worked on for so long. What they did stays known. Returns how many
    there were."""
    before = timezone.now() - KEPT
    at_work = [Import.State.CHECKING, Import.State.RUNNING, Import.State.UNDOING]
    old = [
        each
        for each in Import.objects.filter(created_at__lt=before).exclude(state__in=at_work)
        if (each.finished_at or each.created_at) < before and folder_of(each).exists()
    ]
    for each in old:
        forget_file(each)
    return len(old)
