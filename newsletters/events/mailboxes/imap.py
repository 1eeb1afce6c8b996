"""Take what is ours out of a mailbox by IMAP (RFC 9051). Everything else stays as it is, unread.

How far it was looked through stands in the database, by the server's UIDs. A mail of ours is deleted once it is kept,
by its UID where the server can (UIDPLUS, RFC 4315), so that nobody else's deleted mails go with it.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lib import tls
from lib.characters import one_line
from lib.mailbox_accounts import ImapMailbox
from newsletters.events.incoming_mail.mail_files import NotReadable
from newsletters.events.mailboxes import polled
from newsletters.events.receiving import mail
from newsletters.models import PolledMailbox

AT_ONCE = 200  # mails that one look reads
TIMEOUT = 30.0  # seconds, of each answer
LOOK_EVERY = timedelta(seconds=50)  # of all workers together
_NUMBER = re.compile(rb"\d+")


def fetch(mailbox: ImapMailbox, most: int = AT_ONCE) -> int:
    """How many mails were received; 0 also while another worker looks. Raises `NotReadable` with a sentence for the
    operator, and DatabaseError; then the mail in question is still there."""
    position = _claim(mailbox)
    if position is None:
        return 0
    try:
        with _opened(mailbox) as server:
            received = _Look(server, position).receive(most)
    except UnicodeError:  # what it says holds what it couldn't encode, perhaps the password
        problem_in_words = "a name or the password has characters beyond ASCII"
    except (OSError, imaplib.IMAP4.error) as problem:  # TLS and time-outs are OSErrors
        problem_in_words = one_line(str(problem))[:200] or "no answer"
    else:
        polled.note_look(position.key)
        return received
    sentence = f"BOUNCE_IMAP, {mailbox}: {problem_in_words}"
    polled.note_look(position.key, sentence)
    raise NotReadable(sentence)


def _claim(mailbox: ImapMailbox) -> PolledMailbox | None:
    key = polled.key_of_imap(mailbox)
    now = timezone.now()
    row, is_new = PolledMailbox.objects.get_or_create(key=key, defaults={"looked_at": now})
    if is_new:
        return row
    ours = PolledMailbox.objects.filter(pk=row.pk, looked_at__lte=now - LOOK_EVERY).update(looked_at=now)
    return row if ours else None


@contextmanager
def _opened(mailbox: ImapMailbox) -> Iterator[imaplib.IMAP4]:
    server: imaplib.IMAP4
    if mailbox.tls == "implicit":
        context = tls.client_context()
        server = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT)
    try:
        if mailbox.tls == "starttls":
            server.starttls(tls.client_context())
        server.login(mailbox.username, mailbox.password)
        _ok(server.select(_quoted(mailbox.folder)), "the folder can't be opened")
        yield server
    finally:
        with suppress(OSError, imaplib.IMAP4.error):  # what had to be said was said
            server.logout()


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _ok(answer: tuple[str, Sequence[Any]], what: str) -> list[bytes | tuple[bytes, bytes]]:
    """The lines of an answer: pairs where octets were asked for."""
    status, lines = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{what}: {lines!r}")
    return [line for line in lines if line is not None]


class _Look:
    def __init__(self, server: imaplib.IMAP4, position: PolledMailbox) -> None:
        self._server = server
        self._position = position
        # Asked for anew: before the log-in servers say less.
        said = _ok(server.capability(), "the server doesn't say what it can")
        self._may_expunge_one = any(isinstance(line, bytes) and b"UIDPLUS" in line.upper().split() for line in said)

    def receive(self, most: int) -> int:
        validity = self._uid_validity()
        if validity != self._position.uid_validity:
            self._position.uid_validity, self._position.last_uid = validity, 0
        received = 0
        for uid in self._uids()[:most]:
            raw = self._read(uid)
            if raw is not None and mail.is_ours(raw):
                mail.receive(raw)
                self._delete(uid)
                received += 1
            self._position.last_uid = uid
            self._position.save(update_fields=["uid_validity", "last_uid"])
        return received

    def _uid_validity(self) -> int:
        _status, lines = self._server.response("UIDVALIDITY")
        found = _NUMBER.search(lines[0]) if lines and isinstance(lines[0], bytes) else None
        return int(found[0]) if found else 0

    def _uids(self) -> list[int]:
        """Of mails that weren't looked at, the oldest first. “n:*” names the last mail, even if n is beyond it."""
        after = self._position.last_uid
        lines = _ok(self._server.uid("SEARCH", f"UID {after + 1}:*"), "the folder can't be searched")
        found = [int(word) for line in lines if isinstance(line, bytes) for word in line.split()]
        return sorted(uid for uid in found if uid > after)

    def _read(self, uid: int) -> bytes | None:
        """The beginning of the mail, without marking it as read; None if it is gone."""
        answer = self._server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{mail.LONGEST_KEPT}>)")
        for line in _ok(answer, "a mail can't be read"):
            if isinstance(line, tuple):
                return line[1]
        return None

    def _delete(self, uid: int) -> None:
        _ok(self._server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"), "a mail can't be deleted")
        if self._may_expunge_one:
            _ok(self._server.uid("EXPUNGE", str(uid)), "a mail can't be deleted")
        # Without it the mark stays, and the mail goes when the mailbox's owner empties it.
