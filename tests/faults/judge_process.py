"""The judge's own process: an SMTP server that writes down every mail that came with its final dot, and then answers.

Fast, since it must keep up with three workers on one core: a protocol of bytes, one short line on the disk a mail, no
mail kept. The line is written before the answer, so that whoever has a 250 stands in the log. What it does is said by
the recipient's local part (see `SCRIPT`) and by its manners, which are told anew at any time, a line of JSON each, on
its standard input. When that closes, it ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import ssl
import sys
import threading
import time
from dataclasses import replace
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

from tests.faults.judge_manners import ADDRESS, DROPPED, HEAD_BYTES, MESSAGE_ID, PERSONAL, Bench, Manners


class Session(asyncio.Protocol):
    """One connection. Commands are answered in their order; nothing is read out of turn, so pipelining is free."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.out = bytearray()
        self.gone = 0  # bytes that were worked off
        self.arrivals: list[tuple[int, float]] = []  # (how many bytes had come, when)
        self.in_data = False
        self.searched = 0
        self.held = False  # the answer to a final dot is not due yet
        self.sender = ""
        self.recipient = ""
        self.began = 0.0
        self.owed: tuple[int, str] | None = None  # the answer to a final dot that a tarpit keeps back

    # --- asyncio's side ---------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        fresh = self.transport is None  # after STARTTLS it is made a second time
        self.transport = transport
        if fresh:
            number = self.bench.connections
            self.bench.connections += 1
            self.is_tarpit = number % self.bench.manners.tarpits_of < self.bench.manners.tarpits
            self.say("220 judge.invalid ESMTP")
            self.flush()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.arrivals.append((self.gone + len(self.buffer), time.time()))
        self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self.held = True
        self.bench.tarred.discard(self)

    # --- the conversation -------------------------------------------------------------------------------------
    def go_on(self) -> None:
        while not self.held and (self.body() if self.in_data else self.command()):
            pass
        self.flush()

    def flush(self) -> None:
        if self.out and self.transport is not None:
            self.transport.write(bytes(self.out))
            self.out.clear()

    def say(self, *lines: str) -> None:
        for line in lines:
            self.out += line.encode() + b"\r\n"

    def take(self, count: int) -> bytes:
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.gone += count
        return taken

    def came_at(self) -> float:
        """When the last byte that was worked off had arrived."""
        while len(self.arrivals) > 1 and self.arrivals[0][0] < self.gone:
            self.arrivals.pop(0)
        return self.arrivals[0][1]

    def close(self) -> None:
        self.held = True
        self.flush()
        if self.transport is not None:
            self.transport.close()

    def command(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        if self.sticks_at("mail") and self.buffer[:4].upper() == b"MAIL":
            self.freeze()
            return False
        line = self.take(end + 2)
        match line[:4].upper():
            case b"EHLO":
                self.say(*self.offers())
            case b"HELO" | b"NOOP":
                self.say("250 2.0.0 judge.invalid")
            case b"STAR":
                return self.start_tls()
            case b"MAIL":
                self.mail(line)
            case b"RCPT":
                self.rcpt(line)
            case b"DATA":
                self.in_data = bool(self.recipient)
                self.searched = 0
                self.say("354 Go ahead" if self.in_data else "554 5.5.1 No valid recipients")
            case b"RSET":
                self.sender = self.recipient = ""
                self.say("250 2.0.0 Forgotten")
            case b"QUIT":
                self.say("221 2.0.0 Bye")
                self.close()
            case _:
                self.say("502 5.5.2 Unknown command")
        return True

    def offers(self) -> list[str]:
        manners = self.bench.manners
        offered = ["judge.invalid", "SIZE", "ENHANCEDSTATUSCODES"]
        offered += ["PIPELINING"] if manners.pipelining else []
        offered += ["8BITMIME"] if manners.eightbit else []
        offered += ["STARTTLS"] if manners.starttls and self.bench.certificate else []
        return [f"250{'-' if word != offered[-1] else ' '}{word}" for word in offered]

    def start_tls(self) -> bool:
        if self.bench.certificate is None or self.transport is None:
            self.say("502 5.5.2 No TLS here")
            return True
        self.say("220 2.0.0 Go ahead")
        self.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.bench.certificate)
        loop = asyncio.get_running_loop()
        plain, self.held = self.transport, True

        async def upgrade() -> None:
            with contextlib.suppress(OSError):
                secure = await loop.start_tls(plain, self, context, server_side=True)
                if secure is not None:
                    self.transport, self.held = secure, False
                    self.go_on()

        self.upgrading = loop.create_task(upgrade())
        return False

    def mail(self, line: bytes) -> None:
        match = ADDRESS.search(line)
        if match is None or self.sender:
            self.say("503 5.5.1 Not now")
            return
        self.sender, self.recipient, self.began = match[1].decode(), "", self.came_at()
        self.say("250 2.1.0 Ok")

    def rcpt(self, line: bytes) -> None:
        match = ADDRESS.search(line)
        if match is None or not self.sender or self.recipient:
            self.say("503 5.5.1 Not now")
            return
        address = match[1].decode()
        answer = self.bench.answer_of(address, "rcpt")
        if answer is None:
            self.recipient = address
        self.say(answer or "250 2.1.5 Ok")
        if answer and answer.startswith("421"):
            self.close()

    def body(self) -> bool:
        if self.buffer.startswith(b".\r\n"):
            self.take(3)
            self.finished(b"")
            return True
        end = self.buffer.find(b"\r\n.\r\n", self.searched)
        if end < 0:
            self.searched = max(0, len(self.buffer) - 4)
            return False
        self.finished(self.take(end + 5)[:-3])
        return True

    def finished(self, data: bytes) -> None:
        self.in_data = False
        address, self.sender, self.recipient = self.recipient, "", ""
        scripted = self.bench.answer_of(address, "final")
        self.bench.complete += 1
        number, delay = self.bench.complete, self.bench.manners.delay
        answer = f"250 2.0.0 Taken as {number}" if scripted is None else scripted
        code = int(answer[:3]) if answer else DROPPED
        match = MESSAGE_ID.search(data[:HEAD_BYTES])
        line = {"n": number, "to": address, "began": self.began, "at": time.time(), "code": code}
        line |= {"edition": int(match[1]), "subscriber": int(match[2])} if match else {}
        if self.bench.manners.hashing:
            line |= {"hash": fingerprint(data, address)}
        stuck = self.sticks_at("final")
        if (delay or stuck) and code:
            line["due"] = True  # the answer's own line follows, if the client is there to hear it
        self.bench.write(line)
        if stuck:
            self.owed = (number, answer)
            self.freeze()
            return
        if not delay:
            self.answer(number, answer, follows=False)
            return
        self.held = True
        asyncio.get_running_loop().call_later(delay, self.answer_late, number, answer)

    def answer_late(self, number: int, answer: str) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        self.held = False
        self.answer(number, answer, follows=True)
        self.go_on()

    def answer(self, number: int, answer: str, *, follows: bool) -> None:
        if not answer:
            self.held = True
            if self.transport is not None:
                self.transport.abort()
            return
        if follows:
            self.bench.write({"n": number, "answered": time.time()})
        self.say(answer)
        if answer.startswith("421"):
            self.close()

    # --- tarpit -----------------------------------------------------------------------------------------------
    def sticks_at(self, where: str) -> bool:
        manners = self.bench.manners
        return self.is_tarpit and manners.tarpits > 0 and manners.tarpits_at == where

    def freeze(self) -> None:
        """Read nothing more, and say nothing: until the manners have no tarpits."""
        self.held = True
        self.bench.tarred.add(self)
        self.bench.write({"tarpit": self.bench.connections, "at": time.time()})
        if self.transport is not None:
            self.transport.pause_reading()

    def thaw(self) -> None:
        self.bench.tarred.discard(self)
        self.is_tarpit = self.held = False
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            if self.owed is not None:
                self.answer(*self.owed, follows=True)
                self.owed = None
            self.go_on()


def fingerprint(data: bytes, address: str) -> str:
    """The hash of sender, subject, HTML and text without what is each reader's own."""
    message = message_from_bytes(data, policy=policy.default)
    parts = [part.get_content() for kind in ("html", "plain") if (part := message.get_body((kind,))) is not None]
    common = PERSONAL.sub(r"/\1/", "\0".join(map(str, parts))).replace(address, "")
    return sha256("\0".join((str(message["From"]), str(message["Subject"]), common)).encode()).hexdigest()


async def serve(folder: Path, port: int, certificate: Path | None, manners: Manners) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    log = os.open(folder / "log.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    bench = Bench(log, certificate, manners)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(bench), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The starter's end of this pipe closes when it stops us, and also when it is killed.
    threading.Thread(target=listen, args=(loop, bench), daemon=True).start()
    await asyncio.Event().wait()


def listen(loop: asyncio.AbstractEventLoop, bench: Bench) -> None:
    """New manners, a line each, until nobody is there to tell them; each is acknowledged by a line."""
    manners = bench.manners
    for line in sys.stdin.buffer:
        manners = replace(manners, **json.loads(line))
        loop.call_soon_threadsafe(bench.become, manners)
        print("ok", flush=True)
    os._exit(0)  # connections in the middle of a mail are cut, as they would be by a crash


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--manners", type=json.loads, default={}, help="the fields of Manners, as JSON")
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.port, options.certificate, Manners(**options.manners)))
