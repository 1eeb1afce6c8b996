"""ZIP archives: read by the names of what is in them, never unpacked to the disk, and measured first."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from lib.zip_files import MeasuredEntry, TooDense, UnpacksTooMuch, UnsafeZip, check_zip
from subscribers.imports.files.tables import LARGEST_FILE, UnreadableFile, megabytes

_TABLES = (".csv", ".tsv", ".txt")


def check_archive(name: str, archive: zipfile.ZipFile, *, largest: int = LARGEST_FILE) -> None:
    """Raises `UnreadableFile` for what no honest archive is."""
    try:
        check_zip(archive, largest=largest)
    except UnpacksTooMuch:
        raise _too_large(name, largest) from None
    except TooDense:
        raise _refused(name, _("It is packed so densely that it can't be a list of people.")) from None
    except UnsafeZip as problem:
        raise _refused(name, str(problem)) from None


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
        return io.BufferedReader(
            MeasuredEntry(
                packed, most=LARGEST_FILE, damaged=lambda: _damaged(name, entry),
                too_large=lambda: _too_large(name), then=archive.close,
            )
        )  # fmt: skip

    return open_entry
