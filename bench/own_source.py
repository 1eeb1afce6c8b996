"""A blind sender, the upper end where smtp-source is not installed: `python bench/own_source.py PORT MAILS BYTES`.

Ten sessions, each of which pipelines the same ready bytes and only counts the replies: it makes nothing, looks at
nothing and remembers nothing. Uses the standard library alone.
"""

from __future__ import annotations

import asyncio
import sys

SESSIONS = 10
BEGIN = b"MAIL FROM:<news@iria.example>\r\nRCPT TO:<reader@readers.example>\r\nDATA\r\n"


async def session(port: int, mails: int, size: int) -> None:
    if not mails:
        return
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readuntil(b"\r\n")
    writer.write(b"EHLO bench.example\r\n")
    await reader.readuntil(b"\r\n250 SMTPUTF8\r\n")
    body = (b"x" * 70 + b"\r\n") * (size // 72) + b".\r\n"
    writer.write(BEGIN)
    for number in range(1, mails + 1):
        await reader.readuntil(b"\r\n354 Go on\r\n")
        writer.write(body + (BEGIN if number < mails else b"QUIT\r\n"))
        await writer.drain()
    await reader.readuntil(b"221 Bye\r\n")
    writer.close()


async def main(port: int, mails: int, size: int) -> None:
    shares = [mails // SESSIONS + (number < mails % SESSIONS) for number in range(SESSIONS)]
    await asyncio.gather(*(session(port, share, size) for share in shares))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
