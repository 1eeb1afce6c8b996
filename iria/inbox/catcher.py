"""An SMTP server that takes every mail and keeps it: where mail goes on a machine that has no way out configured.

A 250 after the final dot means that the mail is in the store. Mails that arrive at about the same time are kept in one
transaction, so that the catcher takes thousands a second from a sender with several connections. It speaks PIPELINING,
8BITMIME, SMTPUTF8 and SIZE, listens on this machine only, and never sends anything on.

An own asyncio protocol and not aiosmtpd, which reads DATA line by line: it takes a fraction of the mails a second, at
the cost of the sender in the same process, refuses long lines, and does not offer PIPELINING.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import threading
from concurrent.futures import Future

from iria.inbox.store import Caught, Store

logger = logging.getLogger(__name__)

LARGEST_MAIL = 50 * 1024 * 1024
LONGEST_COMMAND = 4096
MOST_RECIPIENTS = 1000
GREETING = b"220 localhost Iria catches mail here and delivers none\r\n"
EHLO = (
    b"250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE %d\r\n250 ENHANCEDSTATUSCODES\r\n"
    % LARGEST_MAIL
)
_PATH = re.compile(r"\s*<([^<>]*)>(?:\s+(.*))?$")


class Catcher:
    """The server in a thread of its own. `start` raises OSError when the port is taken."""

    def __init__(self, store: Store, *, port: int, host: str = "127.0.0.1") -> None:
        self.store = store
        self.host = host
        self.port = port
        self._waiting: list[tuple[Session, list[Caught]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="catcher", daemon=True)
        self._thread.start()
        self.port = started.result()

    def stop(self) -> None:
        """What was answered with 250 is kept; open connections are closed."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(timeout=2)

    async def _serve(self, started: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        try:
            server = await self._loop.create_server(lambda: Session(self), self.host, self.port, backlog=512)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(server.sockets[0].getsockname()[1])
        await self._end.wait()
        server.close()
        self.flush()
        self.store.close()

    def keep(self, session: Session, mails: list[Caught]) -> None:
        """Called in the loop: whatever else has arrived by its next turn shares the transaction."""
        if not self._waiting and self._loop is not None:
            self._loop.call_soon(self.flush)
        self._waiting.append((session, mails))

    def flush(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        try:
            self.store.add([mail for _, mails in waiting for mail in mails])
        except sqlite3.Error as error:
            logger.error("The inbox can't store mail: %s", error)  # noqa: TRY400 - its traceback says no more
            answer = b"451 4.3.0 The inbox cannot keep it just now\r\n"
        else:
            answer = b"250 2.0.0 Caught\r\n"
        for session, _ in waiting:
            session.answered(answer)


class Session(asyncio.Protocol):
    """One connection. Commands are taken from the buffer as they come, pipelined or not."""

    def __init__(self, catcher: Catcher) -> None:
        self.catcher = catcher
        self.buffer = bytearray()
        self.searched = 0  # the end of DATA was not found before this
        self.in_data = False
        self.is_keeping = False  # a mail is on its way into the store: what was pipelined behind it waits
        self.sender: str | None = None
        self.recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server gives, for the type checker
        self.transport = transport
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        while not self.is_keeping and (self.take_mail() if self.in_data else self.take_command()):
            pass

    def answered(self, answer: bytes) -> None:
        self.is_keeping = False
        self.transport.write(answer)
        self.go_on()

    def reset(self) -> None:
        self.sender = None
        self.recipients = []

    # --- DATA

    def take_mail(self) -> bool:
        """The mail in the buffer, once its final dot is there. True when there may be more to do."""
        if self.buffer.startswith(b".\r\n"):
            end, after = 0, 3
        else:
            found = self.buffer.find(b"\r\n.\r\n", self.searched)
            if found < 0:
                self.searched = max(0, len(self.buffer) - 4)
                if len(self.buffer) > LARGEST_MAIL + 1024:
                    self.transport.write(b"552 5.3.4 Larger than the catcher takes\r\n")
                    self.transport.close()
                    self.buffer.clear()
                return False
            end, after = found + 2, found + 5
        raw = bytes(self.buffer[:end])
        del self.buffer[:after]
        self.searched = 0
        self.in_data = False
        if raw.startswith(b"."):
            raw = raw[1:]
        raw = raw.replace(b"\r\n..", b"\r\n.")
        mails = [Caught(self.sender or "", recipient, raw) for recipient in self.recipients]
        self.reset()
        self.is_keeping = True
        self.catcher.keep(self, mails)
        return False

    # --- commands

    def take_command(self) -> bool:
        end = self.buffer.find(b"\n")
        if end < 0:
            if len(self.buffer) > LONGEST_COMMAND:
                self.transport.write(b"500 5.5.2 Line too long\r\n")
                self.transport.close()
                self.buffer.clear()
            return False
        line = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[: end + 1]
        verb, _, argument = line.decode("utf-8", "replace").partition(" ")
        match verb.upper():
            case "MAIL":
                answer = self.mail(argument)
            case "RCPT":
                answer = self.rcpt(argument)
            case "DATA":
                answer = self.data()
            case "EHLO":
                self.reset()
                answer = EHLO
            case "HELO":
                self.reset()
                answer = b"250 localhost\r\n"
            case "RSET":
                self.reset()
                answer = b"250 2.0.0 OK\r\n"
            case "NOOP":
                answer = b"250 2.0.0 OK\r\n"
            case "VRFY":
                answer = b"252 2.1.5 Every address is taken\r\n"
            case "QUIT":
                self.transport.write(b"221 2.0.0 Bye\r\n")
                self.transport.close()
                return False
            case _:
                answer = b"500 5.5.1 Unknown command\r\n"
        self.transport.write(answer)
        return True

    def mail(self, argument: str) -> bytes:
        path = _path(argument, "FROM:")
        if path is None:
            return b"501 5.5.4 Say MAIL FROM:<address>\r\n"
        if self.sender is not None:
            return b"503 5.5.1 A message is already in progress\r\n"
        self.sender = path
        return b"250 2.1.0 OK\r\n"

    def rcpt(self, argument: str) -> bytes:
        path = _path(argument, "TO:")
        if self.sender is None:
            return b"503 5.5.1 Say MAIL first\r\n"
        if not path:
            return b"501 5.5.4 Say RCPT TO:<address>\r\n"
        if len(self.recipients) >= MOST_RECIPIENTS:
            return b"452 4.5.3 Too many recipients\r\n"
        self.recipients.append(path)
        return b"250 2.1.5 OK\r\n"

    def data(self) -> bytes:
        if not self.recipients:
            return b"503 5.5.1 Say RCPT first\r\n"
        self.in_data = True
        return b"354 End with a dot on a line of its own\r\n"


def _path(argument: str, keyword: str) -> str | None:
    """The address between angle brackets; its parameters (SIZE, BODY, SMTPUTF8) need nothing of us."""
    if not argument.upper().startswith(keyword):
        return None
    found = _PATH.match(argument[len(keyword) :])
    return found.group(1) if found else None
