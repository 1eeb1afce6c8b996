"""An archive that somebody brings: one file, a ZIP file or a folder; measured before anything of it is read.

A ZIP file is read in its place and never unpacked to the disk. Only plain files within it or within the folder are
read: no links, nothing outside. Everything that can be wrong raises `UnreadableArchive` with a sentence.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lib.zip_files import (
    MOST_ENTRIES,
    MeasuredEntry,
    TooDense,
    UnpacksTooMuch,
    UnsafeZip,
    check_zip,
    is_symlink,
)
from newsletters.articles.archives.archived import UnreadableArchive

LARGEST = 4_000_000_000  # bytes of an archive, packed or not
MOST_AT_ONCE = 20_000_000  # bytes that are read into memory, unless told
_BEGINNING = 65_536  # bytes
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_DEEP = 20  # folders within one another


class ArchiveSource:
    """An open archive. `beginning` is of a single file and empty otherwise; `paths` are those of a ZIP file or folder,
    with “/” between their parts, sorted, and empty otherwise."""

    def __init__(self, name: str, path: Path, archive: zipfile.ZipFile | None, paths: tuple[str, ...]) -> None:
        self.name = name
        self.paths = paths
        self.beginning = b""
        self._path, self._archive = path, archive
        self._known = frozenset(paths)
        if not self.is_folder:
            self.beginning = self.read(most=_BEGINNING, cut=True)

    @property
    def is_folder(self) -> bool:
        """A ZIP file or a folder, and not a single file."""
        return self._archive is not None or self._path.is_dir()

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def open(self, path: str = "") -> IO[bytes]:
        """One of `paths`; without a name, the single file. Close it. Raises `UnreadableArchive`, now or while it is
        read."""
        if bool(path) != self.is_folder or (path and path not in self._known):
            raise UnreadableArchive(f"{self.name} has no file {path}.")
        try:
            if self._archive is None:
                return (self._path / path if path else self._path).open("rb")
            packed = self._archive.open(path)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
            raise self._damaged(path) from None
        return io.BufferedReader(
            MeasuredEntry(
                packed, most=LARGEST, damaged=lambda: self._damaged(path),
                too_large=lambda: UnreadableArchive(f"{path} in {self.name} is larger than it says."),
            )
        )  # fmt: skip

    def read(self, path: str = "", *, most: int = MOST_AT_ONCE, cut: bool = False) -> bytes:
        """All of it; with `cut`, its beginning. Raises `UnreadableArchive`, also for more than `most` bytes."""
        with self.open(path) as file:
            data = file.read(most + (not cut))
        if len(data) > most:
            raise UnreadableArchive(f"{path or self.name} is larger than {megabytes(most)}.")
        return data

    def _damaged(self, path: str) -> UnreadableArchive:
        return UnreadableArchive(f"{self.name} is damaged: {path or 'it'} can't be read.")


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[ArchiveSource]:
    """The archive at that path. Raises `UnreadableArchive`."""
    name = name or path.name
    if path.is_dir():
        yield ArchiveSource(name, path, None, tuple(sorted(_files_in(path, name))))
        return
    try:
        if not path.is_file():
            raise UnreadableArchive(f"We can't find {name}.")
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as problem:
        raise UnreadableArchive(f"{name} can't be opened: {problem.strerror}.") from None
    if not size:
        raise UnreadableArchive(f"{name} is empty.")
    if size > LARGEST:
        raise UnreadableArchive(f"{name} has {megabytes(size)}. An archive may have {megabytes(LARGEST)}.")
    if not start.startswith(_ZIP):
        yield ArchiveSource(name, path, None, ())
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise UnreadableArchive(f"{name} is damaged: it can't be opened as a ZIP file.") from None
    with archive:
        yield ArchiveSource(name, path, archive, tuple(sorted(_entries(archive, name))))


def _entries(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    try:
        check_zip(archive, largest=LARGEST)
    except UnpacksTooMuch:
        raise UnreadableArchive(
            f"{name} can't be read. Unpacked it would be larger than {megabytes(LARGEST)}."
        ) from None
    except TooDense:
        raise UnreadableArchive(
            f"{name} can't be read. It is packed so densely that it can't be an archive of articles."
        ) from None
    except UnsafeZip as problem:
        raise UnreadableArchive(f"{name} can't be read. {problem}") from None
    for entry in archive.infolist():
        if not entry.is_dir() and not is_symlink(entry) and not entry.filename.startswith("__MACOSX/"):
            yield entry.filename


def _files_in(folder: Path, name: str) -> Iterator[str]:
    """Plain files, without those of hidden folders, such as a repository's own."""
    count = total = 0
    for here, folders, files in os.walk(folder):
        place = Path(here).relative_to(folder)
        is_deep = len(place.parts) >= _MOST_DEEP
        folders[:] = [] if is_deep else sorted(each for each in folders if not each.startswith("."))
        for each in files:
            path = Path(here) / each
            if each.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            count, total = count + 1, total + path.stat().st_size
            if count > MOST_ENTRIES or total > LARGEST:
                raise UnreadableArchive(
                    f"{name} holds more than {MOST_ENTRIES:,} files, or more than {megabytes(LARGEST)}."
                )
            yield (place / each).as_posix()


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
