"""What is to be written to a connection, and how much of it has left this machine for good.

`taken` decides what becomes of a mail whose connection ends: one whose final dot was not taken cannot have been read.
"""

from __future__ import annotations

import socket
import ssl

RECORD = 16_384  # bytes of a TLS record (RFC 8446 §5.1)
MOST_PIECES = 512  # at once; systems take 1,024 (IOV_MAX)
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Output:
    """A mail is 20 KB, so its bytes are handed over where they are, not copied together first."""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._waiting: list[bytes | memoryview] = []
        self.added = 0  # bytes, ever
        self.taken = 0  # bytes that the operating system took, ever

    @property
    def is_empty(self) -> bool:
        return self.taken == self.added

    def add(self, data: bytes) -> int:
        """Returns how much will have been taken when this is."""
        self._waiting.append(data)
        self.added += len(data)
        return self.added

    def add_all(self, pieces: list[bytes]) -> int:
        """The same of several, one behind the other."""
        self._waiting += pieces
        self.added += sum(map(len, pieces))
        return self.added

    def send(self) -> None:
        """Give out what is taken now. Raises OSError when the connection is gone."""
        while self.taken != self.added:
            try:
                self.taken += self._send()
            except _NOT_NOW:
                return

    def _send(self) -> int:
        waiting = self._waiting
        taken = self._socket.sendmsg(waiting if len(waiting) <= MOST_PIECES else waiting[:MOST_PIECES])
        if taken == self.added - self.taken:
            self._waiting.clear()  # nearly always
        else:
            self._forget(taken)
        return taken

    def _forget(self, taken: int) -> None:
        whole = 0
        while whole < len(self._waiting) and len(self._waiting[whole]) <= taken:
            taken -= len(self._waiting[whole])
            whole += 1
        del self._waiting[:whole]
        if taken:
            self._waiting[0] = memoryview(self._waiting[0])[taken:]


class SecureOutput(Output):
    """Over TLS, a record at a time. Of a longer piece OpenSSL may have given out many records when it says that it
    could not give out all, and does not tell how many. Of one record that is not out as a whole nothing can be read;
    and it must be offered again as it was."""

    def __init__(self, line: ssl.SSLSocket) -> None:
        super().__init__(line)
        self._record = b""

    def _send(self) -> int:
        if not self._record:
            self._record = self._next_record()
        taken = self._socket.send(self._record)
        self._record = self._record[taken:]
        return taken

    def _next_record(self) -> bytes:
        pieces: list[bytes | memoryview] = []
        room = RECORD
        for piece in self._waiting:
            pieces.append(piece[:room])
            room -= len(pieces[-1])
            if not room:
                break
        self._forget(RECORD - room)
        return b"".join(pieces)


def output_to(line: socket.socket) -> Output:
    return SecureOutput(line) if isinstance(line, ssl.SSLSocket) else Output(line)
