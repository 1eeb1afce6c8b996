"""What the door by LMTP holds of a mail: its beginning, whatever lines it comes in."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from newsletters.events.mailboxes import lmtp
from newsletters.events.receiving import mail

HEAD = b"Subject: x\r\n\r\n"
LENGTH = 300_000  # octets


class Keeping(lmtp.ReturnedMail):
    """Keeps what it is handed; takes any recipient."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: object, _session: object, envelope: object, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802 - as aiosmtpd calls it
        self.mails.append(envelope.content)  # type: ignore[attr-defined]
        return "\r\n".join(["250 OK"] * len(envelope.rcpt_tos))  # type: ignore[attr-defined]


async def deliver(handler: Keeping, data: list[bytes]) -> list[bytes]:
    """What the server answers to a mail for two, one line for each."""
    loop = asyncio.get_running_loop()
    sessions: set[lmtp._BoundedSession] = set()
    server = await loop.create_server(
        lambda: lmtp._LmtpSession(sessions, handler, data_size_limit=lmtp.MOST_OCTETS, loop=loop, hostname="x.example"),
        "127.0.0.1",
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reader.readline()
        for command in (b"LHLO x", b"MAIL FROM:<>", b"RCPT TO:<a@x.example>", b"RCPT TO:<b@x.example>", b"DATA"):
            writer.write(command + b"\r\n")
            while (await reader.readline())[3:4] == b"-":
                continue
        for piece in data:
            writer.write(piece)
            await writer.drain()
        writer.write(b"\r\n.\r\n")
        answers = [await reader.readline() for _recipient in range(2)]
        writer.close()
        await writer.wait_closed()
    return answers


def test_a_mail_of_empty_lines_takes_no_more_memory_than_another() -> None:
    handler, block = Keeping(), b"\r\n" * 5_000
    tracemalloc.start()
    answers = asyncio.run(deliver(handler, [HEAD, *([block] * (LENGTH // len(block)))]))
    _size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answers == [b"250 OK\r\n"] * 2
    assert peak < 6 * mail.LONGEST_KEPT


@pytest.mark.parametrize("cut", range(-3, 4))
def test_long_lines_and_dots_arrive_as_they_were_sent(cut: int) -> None:
    handler = Keeping()
    line = b"a" * (lmtp._LmtpSession.line_length_limit + cut)
    assert asyncio.run(deliver(handler, [HEAD, line + b"\r\n..\r\n...b\r\n.", b"." * 10 + line])) == [b"250 OK\r\n"] * 2
    assert handler.mails == [HEAD + line + b"\r\n.\r\n..b\r\n" + b"." * 10 + line + b"\r\n"]


def test_only_the_beginning_of_a_long_mail_is_kept() -> None:
    handler = Keeping()
    asyncio.run(deliver(handler, [HEAD, *([b"a" * 998 + b"\r\n"] * 3_000)]))
    assert len(handler.mails[0]) == mail.LONGEST_KEPT


def test_a_mail_that_is_too_large_is_refused_for_each_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "MOST_OCTETS", 1_000)
    handler = Keeping()
    answers = asyncio.run(deliver(handler, [HEAD, b"a" * 2_000]))
    assert [answer[:9] for answer in answers] == [b"552 5.3.4"] * 2
    assert not handler.mails
