"""Take what is ours out of a Maildir (cr.yp.to/proto/maildir.html). Everything else stays as it is.

A file is deleted once its mail is kept; killed in between, it is received again, and does nothing the second time.
One that can't be read stays, and keeps no other from being received.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from pathlib import Path

from lib.characters import one_line
from newsletters.events.incoming_mail.mail_files import NotReadable
from newsletters.events.mailboxes import polled
from newsletters.events.receiving import mail

logger = logging.getLogger(__name__)
AT_ONCE = 500  # mails that one look reads, ours or not
_MOST_REMEMBERED = 100_000

_others: OrderedDict[str, None] = OrderedDict()  # not ours: names that this process needn't read again
_lock = threading.Lock()


def fetch(folder: Path, most: int = AT_ONCE) -> int:
    """How many mails were received. Raises `NotReadable` with a sentence for the operator, where the folder or one of
    the files can't be read or deleted, when the others are received; and DatabaseError: then the mail in question is
    still there."""
    key = polled.key_of_maildir(folder)
    try:
        received, problems = _receive_some(folder, most)
    except NotReadable as problem:
        polled.note_look(key, str(problem))
        raise
    if not problems:
        polled.note_look(key)
        return received
    more = f", and {len(problems) - 1:,} more" if len(problems) > 1 else ""
    sentence = f"BOUNCE_MAILDIR: a mail can't be read or deleted: {_in_words(problems[0])}{more}."
    polled.note_look(key, sentence)
    raise NotReadable(sentence)


def _receive_some(folder: Path, most: int) -> tuple[int, list[OSError]]:
    """How many mails were received, and what was wrong with others. Raises as `fetch`."""
    received = looked_at = 0
    problems: list[OSError] = []
    try:
        files = _files(folder)
    except OSError as problem:
        raise NotReadable(f"BOUNCE_MAILDIR can't be read: {_in_words(problem)}.") from None
    for file in files:
        with _lock:
            if str(file) in _others:
                continue
        if looked_at == most:
            break
        looked_at += 1
        try:
            received += _receive(file)
        except OSError as problem:
            problems.append(problem)
    return received, problems


def _in_words(problem: OSError) -> str:
    return f"{problem.strerror} ({one_line(str(problem.filename))[:300]})"


def _files(folder: Path) -> list[Path]:
    if not (folder / "new").is_dir():
        raise NotReadable(f"BOUNCE_MAILDIR isn't a Maildir: there is no folder {folder / 'new'}.")
    both = [folder / "new", *([folder / "cur"] if (folder / "cur").is_dir() else [])]
    return [file for part in both for file in sorted(part.iterdir()) if not file.name.startswith(".")]


def _receive(file: Path) -> int:
    try:
        with file.open("rb") as opened:
            raw = opened.read(mail.LONGEST_KEPT)
    except (FileNotFoundError, IsADirectoryError):  # another worker had it; or somebody's folder
        return 0
    if not mail.is_ours(raw):
        _remember(str(file))
        return 0
    mail.receive(raw)
    file.unlink(missing_ok=True)
    return 1


def _remember(name: str) -> None:
    with _lock:
        _others[name] = None
        while len(_others) > _MOST_REMEMBERED:
            _others.popitem(last=False)
