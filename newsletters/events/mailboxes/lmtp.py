"""A door of our own for returned mail, by LMTP (RFC 2033): a mail server delivers there instead of into a mailbox. Or
by SMTP, where there is none: then the MX of BOUNCE_DOMAIN leads here, and anybody may connect.

Each mail of ours is kept before it is answered for: 250 means that it is, 451 that the server should try again later.
What isn't ours, such as spam to `unsubscribe@`, is answered with 250 and not kept.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from mail.return_paths import read_return_path
from newsletters.events.receiving import mail

logger = logging.getLogger(__name__)
MOST_OCTETS = 10 * 1024 * 1024  # of one mail; what lies beyond `mail.LONGEST_KEPT` isn't held in memory either
MOST_RECIPIENTS = 50
MOST_CONNECTIONS = 20  # as many as Postfix opens to one destination
IDLE_SECONDS = 60
SMTP_SECONDS = 300  # of a session by SMTP: a stranger who sends a byte now and then takes no place for longer


class ReturnedMail:
    """aiosmtpd's handler: takes mail to our return paths alone, so that nothing else can be put here."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802 - as aiosmtpd calls it
        if read_return_path(address) is None and address.lower() != mail.unsubscribing_address():
            return "550 5.1.1 This isn't a return path of ours"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        raw = bytes(envelope.content or b"")
        answers = [await asyncio.to_thread(_receive, raw, address) for address in envelope.rcpt_tos]
        return self.answer(answers)

    def answer(self, answers: list[str]) -> str:
        """To who delivers: by LMTP one line for each recipient."""
        return "\r\n".join(answers)


class ReturnedMailBySmtp(ReturnedMail):
    def answer(self, answers: list[str]) -> str:
        """One for all recipients, the worst: what was kept for the others is known when it comes again."""
        return max(answers)


def _receive(raw: bytes, recipient: str) -> str:
    try:
        close_old_connections()
        mail.receive(raw, recipient=recipient)
    except DatabaseError as problem:
        logger.warning("Returned mail could not be kept; its server will try again: %s", problem)
        return "451 4.3.0 The database failed; try again later"
    finally:
        close_old_connections()
    return "250 2.0.0 OK"


async def listen(host: str, port: int, stop: asyncio.Event, *, by_smtp: bool = False) -> None:
    """Until `stop`. Raises OSError if the port can't be had."""
    loop = asyncio.get_running_loop()
    open_sessions: set[_BoundedSession] = set()

    def session() -> _BoundedSession:
        options = {"data_size_limit": MOST_OCTETS, "timeout": IDLE_SECONDS, "loop": loop}
        if by_smtp:
            return _SmtpSession(
                open_sessions, ReturnedMailBySmtp(), hostname=settings.EHLO_NAME, ident="Iria", **options
            )  # fmt: skip
        return _LmtpSession(open_sessions, ReturnedMail(), hostname=host, **options)

    server = await loop.create_server(session, host, port)
    async with server:
        await stop.wait()


class _BoundedSession(SMTP):
    """Holds no more memory than `mail.LONGEST_KEPT` a mail, and refuses a connection too many."""

    seconds: float | None = None  # that it may last
    _end: asyncio.TimerHandle | None = None
    line_length_limit = 64 * 1024  # octets that wait to be read; longer lines come in pieces

    def __init__(self, open_sessions: set[_BoundedSession], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._open_sessions = open_sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server gives, for the type checker
        if len(self._open_sessions) >= MOST_CONNECTIONS:
            transport.write(b"421 4.7.0 Too many connections\r\n")
            transport.close()
            return
        self._open_sessions.add(self)
        if self.seconds is not None:
            self._end = self.loop.call_later(self.seconds, transport.close)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._open_sessions:
            self._open_sessions.discard(self)
            if self._end is not None:
                self._end.cancel()
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as aiosmtpd calls it
        """As aiosmtpd's, which keeps each line as an object: 64 octets for one where lines are empty. And a server may
        return a mail of any length: only its beginning is kept."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Name a recipient first")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            content, size = await self._read_mail()
        except asyncio.CancelledError:  # the connection was lost
            self._writer.close()
            raise
        if size > MOST_OCTETS:
            said = self.event_handler.answer(["552 5.3.4 The message is too large"] * len(self.envelope.rcpt_tos))
        else:
            self.envelope.content = content
            said = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(said)

    async def _read_mail(self) -> tuple[bytes, int]:
        """The beginning of the mail, without the dots that stand for dots (RFC 5321 §4.5.2), and its whole size."""
        kept, size, at_line_start = bytearray(), 0, True
        while True:
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as problem:
                piece = await self._reader.read(problem.consumed)
            if at_line_start and piece == b".\r\n":
                return bytes(kept[: mail.LONGEST_KEPT]), size
            size += len(piece)
            if len(kept) < mail.LONGEST_KEPT:
                kept += piece.removeprefix(b".") if at_line_start else piece
            at_line_start = piece.endswith(b"\r\n")


class _LmtpSession(_BoundedSession, LMTP):
    pass


class _SmtpSession(_BoundedSession):
    seconds = SMTP_SECONDS
