"""Write the journal of this process.

The order that makes it a proof: CLAIM before anybody of the chunk is handed out; INTENT before the body is written;
ANSWER before the next INTENT on the same connection. What a mail brings is noted, and what is noted is written in that
order by one call: a transport with many connections writes once for all that happened at a time. Room is made
beforehand (`reserve`), when recipients are handed out, so that a disk that fills up stops hand-outs and not mails. May
be used from several threads.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from mail.results import Result
from newsletters.delivery.engine.journal.records import (
    ANSWER,
    CLAIM,
    DROPPED,
    INTENT,
    OUTCOME_NUMBER,
    RECORD,
    REVOKED,
    SUFFIX,
    JournalHeader,
    JournalUnusable,
    boot,
    of_slots,
    packed_answer,
)
from newsletters.delivery.ledger.members import Member

logger = logging.getLogger(__name__)
SEGMENT = 1 << 20  # bytes that are allocated at once: room for 32,000 mails
TIDY_AT = SEGMENT // 2  # bytes behind which what is over is left out
A_MAIL = 3 * RECORD.size  # intent, revoked, and intent or answer: what one hand-out writes at most, nearly always
SYNC_SECONDS = 0.1
MOST_SLOTS = 65_536
_pack = RECORD.pack


class Journal:
    def __init__(self, folder: Path, *, installation: str, host: str) -> None:
        """Raises `JournalUnusable`."""
        safe = "".join(c if c.isalnum() or c in "-." else "-" for c in host)[:60]
        self.owner = f"{safe}-{os.getpid()}-{secrets.token_hex(4)}"
        self.path = folder / f"{self.owner}{SUFFIX}"
        self._header = JournalHeader(installation, self.owner, boot())
        self._claims: dict[int, tuple[int, int]] = {}  # slot → chunk, fence
        self._next_slot = 0
        self._lock = threading.Lock()
        self._in_use = threading.Lock()  # for those who use the file without the other lock; it is not closed meanwhile
        self._noted: list[bytes] = []  # and not written yet; appending takes no lock, which would be two a mail
        self._begun = b""  # what was noted and is being written
        self._tidied = 0  # bytes that were needed the last time
        self._dirty = threading.Event()
        self._closed = False
        with _unusable_as_sentence(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file, self._end, self._size = self._begin(self.path, [])
        # A thread that holds the journal would keep it for ever; one that looks for it lets it go.
        threading.Thread(target=_sync, args=(weakref.ref(self), self._dirty), name="journal-sync", daemon=True).start()

    # --- The claims -------------------------------------------------------------------------------------------
    def claim(self, chunk_id: int, fence: int) -> int:
        """The slot under which this claim's mails are written down. Raises `JournalUnusable`."""
        while self._next_slot in self._claims:
            self._next_slot = (self._next_slot + 1) % MOST_SLOTS
        slot, self._next_slot = self._next_slot, (self._next_slot + 1) % MOST_SLOTS
        self.reserve(0)
        self._note(CLAIM, 0, slot, fence, chunk_id)
        self.write_down()
        self._claims[slot] = (chunk_id, fence)
        return slot

    def drop(self, slot: int) -> None:
        """The claim is over and settled. It is noted only for who reads the file; nothing depends on it."""
        if self._claims.pop(slot, None) is not None:
            self._note(DROPPED, 0, slot, 0, 0)

    def reserve(self, mails: int) -> None:
        """Make sure that so many more mails can be written down. Raises `JournalUnusable`: hand out nobody."""
        with self._lock:
            self._write()
            wanted = mails * A_MAIL + (len(self._claims) + 2) * 2 * RECORD.size
            # Where much is needed, as of many chunks whose servers dawdle, tidying often would bring little.
            if self._end > max(TIDY_AT, 2 * self._tidied):
                with contextlib.suppress(JournalUnusable):  # a full disk: what is allocated can still be used
                    self._tidy()
            if self._end + wanted > self._size:
                with _unusable_as_sentence(self.path.parent):
                    _allocate(self._file, self._size, max(SEGMENT, wanted))
                    self._size += max(SEGMENT, wanted)

    # --- The mails: mail.transport.Recorder ----------------------------------------------
    def intend(self, slot: int, key: Member) -> None:
        self._noted.append(_pack(INTENT, 0, slot, 0, key.subscriber_id))

    def revoke(self, slot: int, key: Member) -> None:
        self._note(REVOKED, 0, slot, 0, key.subscriber_id)

    def outcome(self, slot: int, result: Result) -> None:
        number = packed_answer(result.smtp_code, result.enhanced_status)
        self._noted.append(_pack(ANSWER, OUTCOME_NUMBER[result.outcome], slot, number, result.key.subscriber_id))

    def write_down(self) -> None:
        """What was noted. Raises `JournalUnusable`: then it stays noted, and the next call tries again."""
        if self._noted or self._begun:
            with self._lock:
                self._write()

    def _note(self, *values: int) -> None:
        self._noted.append(_pack(*values))

    def _write(self) -> None:
        if self._closed:
            raise JournalUnusable("The journal of this process is closed.")
        if count := len(self._noted):  # others may note more meanwhile, behind these
            self._begun += b"".join(self._noted[:count])
            del self._noted[:count]
        try:
            while self._begun:
                taken = os.pwrite(self._file, self._begun, self._end)
                self._end += taken
                self._begun = self._begun[taken:]
        except OSError as error:
            raise _unusable(self.path.parent, error) from error
        if not self._dirty.is_set():
            self._dirty.set()

    # --- The file ---------------------------------------------------------------------------------------------
    def _begin(self, path: Path, kept: list[bytes]) -> tuple[int, int, int]:
        """A new file with these records, allocated and locked. Its descriptor, where it goes on, and its size."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        file = os.open(path, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _allocate(file, 0, SEGMENT)
            data = self._header.pack() + b"".join(kept)
            os.pwrite(file, data, 0)
            return file, len(data), max(SEGMENT, len(data))
        except BaseException:
            os.close(file)
            path.unlink(missing_ok=True)
            raise

    def _tidy(self) -> None:
        """Go on in a new file that holds what the open claims need. The old one is there until the new one is whole."""
        with _unusable_as_sentence(self.path.parent):
            new = self.path.with_suffix(".new")
            new.unlink(missing_ok=True)
            kept = [
                RECORD.pack(CLAIM, 0, slot, fence, chunk_id) for slot, (chunk_id, fence) in sorted(self._claims.items())
            ]
            kept += of_slots(os.pread(self._file, self._end, 0), self._claims)
            file, end, size = self._begin(new, kept)
            try:
                os.fsync(file)
                new.replace(self.path)
            except BaseException:
                os.close(file)
                raise
            with self._in_use:
                os.close(self._file)
                self._file, self._end, self._size, self._tidied = file, end, size, end

    def sync(self) -> None:
        """Onto the disk, for the answers' sake after a power loss. It takes the disk's time, so nobody is kept from
        writing meanwhile."""
        with self._in_use:
            if not self._closed:
                getattr(os, "fdatasync", os.fsync)(self._file)

    def close(self) -> None:
        """The end of the process or of a test. The file goes when nothing depends on it any more."""
        with self._lock, self._in_use:
            if self._closed:
                return
            try:
                self._write()
            except JournalUnusable:
                logger.exception("The journal's last records could not be written")
            self._closed = True
            if not self._claims:
                self.path.unlink(missing_ok=True)
            os.close(self._file)
        self._dirty.set()

    @property
    def is_closed(self) -> bool:
        return self._closed

    def serves(self, folder: Path, installation: str) -> bool:
        return not self._closed and self.path.parent == folder and self._header.installation == installation


def _allocate(file: int, start: int, length: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, start, length)
    else:  # macOS: written out, which finds a full disk as well
        os.pwrite(file, bytes(length), start)


def _unusable(folder: Path, error: OSError) -> JournalUnusable:
    words = error.strerror or str(error)
    return JournalUnusable(f"The journal in {folder} isn't writable: {words}. We send nothing without it.")


@contextlib.contextmanager
def _unusable_as_sentence(folder: Path) -> Iterator[None]:
    try:
        yield
    except JournalUnusable:
        raise
    except OSError as error:
        raise _unusable(folder, error) from error


def _sync(reference: weakref.ref[Journal], dirty: threading.Event) -> None:
    while True:
        dirty.wait()
        dirty.clear()
        journal = reference()
        if journal is None or journal.is_closed:
            return
        try:
            journal.sync()
        except OSError:
            logger.exception("The journal could not be synchronised")
        del journal
        time.sleep(SYNC_SECONDS)


_open: tuple[int, Journal] | None = None


def open_journal(folder: Path, *, installation: str, host: str) -> Journal:
    """This process's journal, made on first use; a forked child makes its own. Raises `JournalUnusable`."""
    global _open  # noqa: PLW0603 - one a process is the point
    if _open is None or _open[0] != os.getpid() or not _open[1].serves(folder, installation):
        if _open is not None and _open[0] == os.getpid():
            _open[1].close()
        _open = (os.getpid(), Journal(folder, installation=installation, host=host))
    return _open[1]
