"""What is to be written to a connection, and how much of it the operating system has taken.

A mail is 20 KB, so its bytes are handed over where they are, not copied together first. Over TLS they are copied once:
an SSL socket takes one buffer at a time.
"""

from __future__ import annotations

import socket
import ssl


class Output:
    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._is_secure = isinstance(line, ssl.SSLSocket)
        self._waiting: list[bytes | memoryview] = []
        self._added = 0  # bytes, ever
        self.taken = 0  # bytes that the operating system took, ever

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def add(self, data: bytes) -> int:
        """Returns how much will have been taken when this is."""
        self._waiting.append(data)
        self._added += len(data)
        return self._added

    def send(self) -> None:
        """Give out what the operating system takes now. Raises OSError when the connection is gone."""
        while self._waiting:
            try:
                taken = self._send()
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            self.taken += taken
            if self.taken == self._added:
                self._waiting.clear()
            else:
                self._forget(taken)

    def _send(self) -> int:
        if not self._is_secure:
            return self._socket.sendmsg(self._waiting)
        if len(self._waiting) > 1:
            self._waiting = [b"".join(self._waiting)]
        return self._socket.send(self._waiting[0])

    def _forget(self, taken: int) -> None:
        """The first `taken` bytes, of which the last buffer was not the end."""
        whole = 0
        while len(self._waiting[whole]) <= taken:
            taken -= len(self._waiting[whole])
            whole += 1
        del self._waiting[:whole]
        self._waiting[0] = memoryview(self._waiting[0])[taken:]
