"""Which kind of file this is, by its first bytes and never by its name alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from subscribers.imports.files import archives, json_lines, sheets, text
from subscribers.imports.files.tables import LARGEST_FILE, Table, UnreadableFile, megabytes

_OTHERS = (
    (b"%PDF", gettext_noop("a PDF")),
    (b"\x89PNG", gettext_noop("a picture")),
    (b"\xff\xd8\xff", gettext_noop("a picture")),
    (b"GIF8", gettext_noop("a picture")),
    (b"RIFF", gettext_noop("a picture or a sound")),
    (b"\xd0\xcf\x11\xe0", gettext_noop("an old Excel or Word file (XLS, DOC)")),
    (b"\x1f\x8b", gettext_noop("a GZIP archive")),
    (b"7z\xbc\xaf", gettext_noop("a 7z archive")),
    (b"Rar!", gettext_noop("a RAR archive")),
    (b"SQLite format 3", gettext_noop("a database")),
    (b"{\\rtf", gettext_noop("a text document (RTF)")),
    (b"<!DOCTYPE", gettext_noop("a web page")),
    (b"<html", gettext_noop("a web page")),
    (b"<?xml", gettext_noop("an XML file")),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def read_tables(path: Path, name: str = "") -> list[Table]:
    """The tables of the file, at least one, opened as they are read. Raises `UnreadableFile` with a sentence."""
    name = name or path.name
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UnreadableFile(_("%(name)s isn't a file.") % {"name": name})
        with path.open("rb") as file:
            start = file.read(2048)
    except FileNotFoundError:
        raise UnreadableFile(_("There is no file %(name)s.") % {"name": name}) from None
    except OSError as problem:
        raise UnreadableFile(
            _("%(name)s can't be opened: %(why)s.") % {"name": name, "why": problem.strerror}
        ) from None
    if not size:
        raise UnreadableFile(_("%(name)s is empty.") % {"name": name})
    if size > LARGEST_FILE:
        raise UnreadableFile(
            _("%(name)s is %(size)s large. A file may have %(most)s: split it into several.")
            % {"name": name, "size": megabytes(size), "most": megabytes(LARGEST_FILE)}
        )
    if start.startswith(_ZIP):
        return _zipped(path, name)
    _refuse_others(name, start)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"'):
        return [json_lines.json_lines_table(name, path)]
    return [text.text_table(name, lambda: path.open("rb"))]


def _zipped(path: Path, name: str) -> list[Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise UnreadableFile(_("%(name)s is damaged: it can't be opened as a ZIP file.") % {"name": name}) from None
    if "[Content_Types].xml" in entries:
        if not any(entry.startswith("xl/") for entry in entries):
            raise UnreadableFile(_wrong_kind(name, _("a document, not a spreadsheet")))
        return [sheets.sheet_table(name, path)]
    if "mimetype" in entries and "content.xml" in entries:
        raise UnreadableFile(_wrong_kind(name, _("an OpenDocument file")))
    return [text.text_table(entry, opener) for entry, opener in archives.tables_in(name, path)]


def _refuse_others(name: str, start: bytes) -> None:
    begins = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    for beginning, what in _OTHERS:
        if begins[: len(beginning)].lower() == beginning.lower():
            raise UnreadableFile(_wrong_kind(name, _(what)))
    utf_16 = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    zeros = start.count(0)
    if not utf_16 and zeros and not 0.3 < zeros / len(start) < 0.6:
        raise UnreadableFile(_wrong_kind(name, _("a file of another kind")))


def _wrong_kind(name: str, what: str) -> str:
    words = _("%(name)s is %(what)s. Choose a CSV, TSV, XLSX or ZIP file, as your system exports it.")
    return words % {"name": name, "what": what}
