"""Where an archive lies while it comes in: a private folder of its own, and not for long."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from lib.signs_of_life import SignOfLife
from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.sources import LARGEST, megabytes, opened
from newsletters.models import ArchiveImport

KEPT = timedelta(days=30)  # after the last thing that was done with it
_CHUNK = 1024 * 1024
_AT_WORK = [ArchiveImport.State.CHECKING, ArchiveImport.State.RUNNING, ArchiveImport.State.UNDOING]


def folder_of(of: ArchiveImport) -> Path:
    return Path(settings.IRIA_DATA) / "archives" / of.folder.hex


def file_of(of: ArchiveImport) -> Path:
    return folder_of(of) / "file"


def scratch_of(of: ArchiveImport) -> Path:
    return folder_of(of) / "things.sqlite3"


def keep_file(of: ArchiveImport, chunks: Iterable[bytes]) -> None:
    """Write the file for Iria's user alone. Raises `UnreadableArchive` when there is too much of it."""
    size, alive = 0, SignOfLife(of)
    with _whole_file(of) as file:
        for chunk in chunks:
            alive(0, 0)
            size += len(chunk)
            if size > LARGEST:
                raise UnreadableArchive(f"{of.name} is larger than {megabytes(LARGEST)}.")
            file.write(chunk)


@contextmanager
def _whole_file(of: ArchiveImport) -> Iterator[IO[bytes]]:
    """It has its name when all of it is on the disk, and not before: a process that is killed leaves no half of it."""
    make_folder(of)
    beside = folder_of(of) / f"file.{uuid4().hex}"
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(file_of(of))
    except BaseException:  # a full disk, or a server that breaks off: no half of a file stays
        forget_files(of)
        raise


def keep_source(of: ArchiveImport, source: Path) -> None:
    """A file, or a folder, which becomes a ZIP file. Raises `UnreadableArchive`."""
    if not source.is_dir():
        if not source.is_file():
            raise UnreadableArchive(f"We can't find {source}.")
        try:
            keep_file(of, chunks_of(source))
        except OSError as problem:
            raise UnreadableArchive(f"{source} can't be read: {problem.strerror}.") from None
        return
    alive = SignOfLife(of)
    with (
        opened(source, of.name) as folder,
        _whole_file(of) as whole,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as packed,
    ):
        for path in folder.paths:
            alive(0, 0)
            with folder.open(path) as file, packed.open(path, "w") as into:
                shutil.copyfileobj(file, into, _CHUNK)


def make_folder(of: ArchiveImport) -> None:
    folder_of(of).mkdir(mode=0o700, parents=True, exist_ok=True)


def chunks_of(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def forget_files(of: ArchiveImport) -> None:
    shutil.rmtree(folder_of(of), ignore_errors=True)


def forget_old_files() -> int:
    """Delete the files of archives that nobody has worked on for so long. What they brought stays. Returns how many
    there were."""
    before = timezone.now() - KEPT
    old = [
        each
        for each in ArchiveImport.objects.filter(created_at__lt=before).exclude(state__in=_AT_WORK)
        if (each.finished_at or each.created_at) < before and folder_of(each).exists()
    ]
    for each in old:
        forget_files(each)
    return len(old)
