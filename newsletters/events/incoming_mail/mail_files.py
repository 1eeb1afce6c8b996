"""Mails in files: single ones, mailbox files (mbox), folders, Maildirs. Nothing is changed, nothing is locked.

Only the beginning of each mail is read into memory, as much as `measured` looks at, however large the file is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from newsletters.events.incoming_mail.measured import LONGEST_MAIL

_LONGEST_PIECE = 64 * 1024  # octets that are read at once
# RFC 4155: what divides the mails of a mailbox file ends in a date, so in a year.
_DIVIDER = re.compile(rb"From \S.{0,300}\b\d{4}\b[^\n]{0,40}$")


class NotReadable(Exception):
    """The message is one sentence for the person at the terminal."""


def files_of(path: Path) -> Iterator[Path]:
    """The files of mails that a path means: itself, or those of a folder and the folders in it, in order. Of a Maildir
    those that are delivered: not `tmp`, where a mail is still being written. Raises `NotReadable`."""
    try:
        is_file = path.is_file()
    except PermissionError:
        raise NotReadable("You have no permission to open its folder.") from None
    if is_file:
        yield path
        return
    if not path.is_dir():
        raise NotReadable("This file or folder doesn't exist." if not path.exists() else "This isn't a file or folder.")
    problems: list[OSError] = []
    for folder, subfolders, names in os.walk(path, onerror=problems.append):
        if {"cur", "new", "tmp"} <= set(subfolders):
            subfolders.remove("tmp")
        subfolders.sort()
        yield from (Path(folder, name) for name in sorted(names))
    if problems:
        raise NotReadable(f"{problems[0].filename} can't be read: {problems[0].strerror}.")


def mails_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each mail of a file: what to call it, and the beginning of its bytes. A mailbox file's mails are called
    “file#1”, “file#2” …. Raises `NotReadable`."""
    if not path.is_file():
        raise NotReadable("This isn't a regular file.")
    try:
        with path.open("rb") as file:
            mails = _divided(file) if file.read(5) == b"From " else None
            file.seek(0)
            if mails is None:
                yield str(path), file.read(LONGEST_MAIL)
                return
            first = next(mails, b"")
            second = next(mails, None)
            if second is None:
                yield str(path), first
                return
            yield f"{path}#1", first
            yield f"{path}#2", second
            for number, mail in enumerate(mails, 3):
                yield f"{path}#{number}", mail
    except OSError as problem:
        raise NotReadable(f"This file can't be read: {problem.strerror}.") from None


def _divided(file: BinaryIO) -> Iterator[bytes]:
    """The beginnings of a mailbox file's mails. A divider stands behind a blank line; one within a text, as servers
    leave it there now and then, would have to look like one with its date."""
    pieces: list[bytes] = []
    length = 0
    after_blank, at_line_start = True, True
    while piece := file.readline(_LONGEST_PIECE):
        if at_line_start and after_blank and piece.startswith(b"From ") and _DIVIDER.match(piece.rstrip(b"\r\n")):
            if pieces:
                yield b"".join(pieces)
            pieces, length = [], 0
        if length < LONGEST_MAIL:
            pieces.append(piece)
            length += len(piece)
        after_blank = at_line_start and not piece.strip()
        at_line_start = piece.endswith(b"\n")
    if pieces:
        yield b"".join(pieces)
