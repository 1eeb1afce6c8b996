"""ZIP files that strangers packed: checked by what they say of their contents before anything is read, and counted
again while it is: a ZIP file may lie."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

from django.utils.translation import gettext as _

MOST_ENTRIES = 50_000  # Substack packs a page for each article
HIGHEST_RATIO = 200  # unpacked to packed; lists of addresses reach about 10
_SMALL = 10_000_000  # bytes, unpacked: below this no ratio is suspicious
# LZMA and BZIP2 unpack a block at once, however large, and LZMA takes as much memory as the archive says.
_PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SYMLINK = 0o120000
_FORMAT = 0o170000
_UNIX = 3


class UnsafeZip(ValueError):
    """What no honest ZIP file is; the message is a sentence that says why."""


class TooDense(UnsafeZip):
    """A few kilobytes would become gigabytes. The message says nothing of what the file should have been."""


class UnpacksTooMuch(UnsafeZip):
    """All of it together would be larger than was agreed on."""


def check_zip(archive: zipfile.ZipFile, *, largest: int) -> None:
    """Raises `UnsafeZip`. Reads the table of contents alone."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnsafeZip(_("It holds more than %(most)s files.") % {"most": f"{MOST_ENTRIES:,}"})
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > largest:
        raise UnpacksTooMuch(f"{unpacked} bytes, and not {largest}")
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
            raise TooDense(entry.filename)
        if leads_outside(entry.filename):
            raise UnsafeZip(_("It names a file outside of itself."))
        if entry.compress_type not in _PACKED_BY:
            raise UnsafeZip(_("It is packed in a way that few programs use. Pack it again as a plain ZIP file."))
        if entry.flag_bits & 0x1:
            raise UnsafeZip(_("It is protected with a password. Unpack it first."))
    if unpacked > _SMALL and unpacked > HIGHEST_RATIO * max(packed, 1):
        raise TooDense("all of it")


def leads_outside(entry: str) -> bool:
    """Whether a name within an archive means a file that isn't in it."""
    path = entry.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\x00" in path


def is_symlink(entry: zipfile.ZipInfo) -> bool:
    """A link to another file, which isn't a file of the archive's own."""
    return entry.create_system == _UNIX and (entry.external_attr >> 16) & _FORMAT == _SYMLINK


class MeasuredEntry(io.RawIOBase):
    """A file of an archive: counts what comes out, and closes what it came from behind itself."""

    def __init__(
        self, packed: IO[bytes], *, most: int, damaged: Callable[[], Exception], too_large: Callable[[], Exception],
        then: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._packed, self._most, self._read = packed, most, 0
        self._damaged, self._too_large, self._then = damaged, too_large, then

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._packed.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
            raise self._damaged() from None
        self._read += len(data)
        if self._read > self._most:
            raise self._too_large()
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
            if self._then is not None:
                self._then()
        super().close()
