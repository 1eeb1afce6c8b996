"""ZIP archives: read by the names of what is in them, never unpacked to the disk, and measured first.

What an archive says of its contents is checked before anything is read, and counted again while it is: it may lie.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from subscribers.imports.files.tables import LARGEST_FILE, UnreadableFile, megabytes

MOST_ENTRIES = 50_000  # Substack packs a page for each article
HIGHEST_RATIO = 200  # unpacked to packed; lists of addresses reach about 10
_SMALL = 10_000_000  # bytes, unpacked: below this no ratio is suspicious
# LZMA and BZIP2 unpack a block at once, however large, and LZMA takes as much memory as the archive says.
_PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TABLES = (".csv", ".tsv", ".txt")


def check_archive(name: str, archive: zipfile.ZipFile, *, largest: int = LARGEST_FILE) -> None:
    """Raises `UnreadableFile` for what no honest archive is."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise _refused(name, _("It holds more than %(most)s files.") % {"most": f"{MOST_ENTRIES:,}"})
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > largest:
        raise _too_large(name, largest)
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
            raise _refused(name, _("It is packed so densely that it can't be a list of people."))
        if _leaves(entry.filename):
            raise _refused(name, _("It names a file outside of itself."))
        if entry.compress_type not in _PACKED_BY:
            raise _refused(name, _("It is packed in a way that few programs use. Pack it again as a plain ZIP file."))
        if entry.flag_bits & 0x1:
            raise _refused(name, _("It is protected with a password. Unpack it first."))
    if unpacked > _SMALL and unpacked > HIGHEST_RATIO * max(packed, 1):
        raise _refused(name, _("It is packed so densely that it can't be a list of people."))


def _leaves(entry: str) -> bool:
    path = entry.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\x00" in path


def _refused(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(_("%(name)s can't be imported. %(why)s") % {"name": name, "why": why})


def _too_large(name: str, most: int = LARGEST_FILE) -> UnreadableFile:
    return _refused(name, _("Unpacked it would be larger than %(most)s.") % {"most": megabytes(most)})


def _damaged(name: str, entry: str) -> UnreadableFile:
    return UnreadableFile(_("%(name)s is damaged: %(entry)s can't be read.") % {"name": name, "entry": entry})


def tables_in(name: str, path: Path) -> list[tuple[str, Callable[[], IO[bytes]]]]:
    """The tables of text in an archive, by name, each to be opened when it is read. Raises `UnreadableFile`."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(name, archive)
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise UnreadableFile(_("%(name)s is damaged: it can't be opened as a ZIP file.") % {"name": name}) from None
    found = [e.filename for e in entries if _is_table(e.filename) and not e.is_dir() and e.file_size]
    if not found:
        if any(e.filename.lower().endswith(".zip") for e in entries):
            raise _refused(name, _("There is another ZIP file in it. Unpack that one, and import what is in it."))
        raise _refused(name, _("There is no table of people in it: no CSV file."))
    return [(entry, _opener(name, path, entry)) for entry in sorted(found)]


def _is_table(entry: str) -> bool:
    base = posixpath.basename(entry)
    return base.lower().endswith(_TABLES) and not base.startswith(".") and "__MACOSX/" not in entry


def _opener(name: str, path: Path, entry: str) -> Callable[[], IO[bytes]]:
    def open_entry() -> IO[bytes]:
        archive = zipfile.ZipFile(path)
        try:
            packed = archive.open(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            archive.close()
            raise _damaged(name, entry) from None
        return io.BufferedReader(_Measured(packed, archive, name, entry))

    return open_entry


class _Measured(io.RawIOBase):
    """Counts what comes out, and closes the archive behind itself."""

    def __init__(self, packed: IO[bytes], archive: zipfile.ZipFile, name: str, entry: str) -> None:
        self._packed, self._archive, self._name, self._entry, self._read = packed, archive, name, entry, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._packed.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
            raise _damaged(self._name, self._entry) from None
        self._read += len(data)
        if self._read > LARGEST_FILE:
            raise _too_large(self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
            self._archive.close()
        super().close()
