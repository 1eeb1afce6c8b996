"""A mail server that throws away, with a delay when wanted: `python bench/own_sink.py PORT [SECONDS distant|slow]`.

Distant: each reply arrives that much later, as over a long way; what was pipelined (RFC 2920) is answered together.
Slow: the server thinks that long about each reply, one after the other, so that pipelining saves nothing.
Without a delay it stands in for smtp-sink where Postfix is not installed. Uses the standard library alone.
"""

from __future__ import annotations

import asyncio
import sys
from typing import ClassVar

END = b"\r\n.\r\n"
EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
ANSWERS = {b"EHLO": EHLO, b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Bye\r\n"}


class Session(asyncio.Protocol):
    delay: ClassVar[float] = 0.0
    one_after_another: ClassVar[bool] = False

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._in_mail = False
        self._last_due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._reply([b"220 sink.example ESMTP\r\n"])

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies: list[bytes] = []
        while reply := self._mail() if self._in_mail else self._command():
            replies.append(reply)
        if replies:
            self._reply(replies)

    def _command(self) -> bytes:
        line, newline, rest = self._buffer.partition(b"\r\n")
        if not newline:
            return b""
        verb = line[:4].upper()
        self._in_mail = verb == b"DATA"
        # The line end before a mail may be the one of DATA: an empty mail ends with its first dot.
        self._buffer = b"\r\n" + rest if self._in_mail else rest
        return ANSWERS.get(verb, b"250 OK\r\n")

    def _mail(self) -> bytes:
        end = self._buffer.find(END)
        if end < 0:
            self._buffer = self._buffer[1 - len(END) :]
            return b""
        self._buffer = self._buffer[end + len(END) :]
        self._in_mail = False
        return b"250 Taken\r\n"

    def _reply(self, replies: list[bytes]) -> None:
        if not self.delay:
            self._write(b"".join(replies))
        elif not self.one_after_another:
            self._loop.call_later(self.delay, self._write, b"".join(replies))
        else:
            for reply in replies:
                self._last_due = max(self._last_due, self._loop.time()) + self.delay
                self._loop.call_at(self._last_due, self._write, reply)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
            if data.endswith(ANSWERS[b"QUIT"]):
                self._transport.close()


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        Session.delay = float(sys.argv[2])
        Session.one_after_another = sys.argv[3] == "slow"
    asyncio.run(serve(int(sys.argv[1])))
