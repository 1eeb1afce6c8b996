"""The process behind `tests.smtp_server`: what it says is written there."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ADDRESS = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)


class Ledger:
    """Where taken messages are written down: one order for all connections."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.deferred_once: set[str] = set()
        self.next_mail_at = 0.0  # of the monotonic clock, where there is a rate
        self.known = 0  # recipients that it took
        folder.mkdir(parents=True, exist_ok=True)
        self._log = os.open(folder / "log.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def keep(self, sender: str, recipients: list[str], data: bytes, *, answered: bool) -> None:
        self.count += 1
        (self.folder / f"{self.count:07d}.eml").write_bytes(data)
        line = {"number": self.count, "sender": sender, "recipients": recipients, "answered": answered,
                "at": time.time()}  # fmt: skip
        os.write(self._log, json.dumps(line).encode() + b"\n")

    def is_too_fast(self, rate: float) -> bool:
        """Another mail within so many a second? A second's tenth may come at once."""
        now = time.monotonic()
        if not rate or self.next_mail_at <= now + 0.1:
            self.next_mail_at = max(now, self.next_mail_at) + 1 / rate if rate else 0
            return False
        self.note("too fast")
        return True

    def note(self, what: str) -> None:
        """What was said, beside the mails: each MAIL as it came, and “enough” for each 421 because of `most`."""
        with (self.folder / "notes.txt").open("a") as notes:
            notes.write(what + "\n")

    def connected(self) -> None:
        """One byte a connection."""
        with (self.folder / "connections.txt").open("a") as connections:
            connections.write(".")


@dataclass(frozen=True)
class Manners:
    """What a server may be like."""

    delay: float = 0.0  # seconds before each answer to a final dot
    pipelining: bool = True
    lax: bool = False  # says 354 to DATA also without a recipient, and then refuses the empty mail
    dribble: bool = False  # answers byte by byte, and in several lines
    most: int = 0  # mails a connection, then 421; 0 for any number
    connections: int = 0  # at once, then 421; 0 for any number
    size: int = 0  # of the largest mail, as EHLO announces it; 0 for any
    eight_bits: bool = True  # offers 8BITMIME
    login: bool = False  # wants the user “iria” with the password “right” (AUTH PLAIN, RFC 4954) before MAIL
    tarpits: int = 0  # so many connections, the first ones, wait a minute before each answer to a final dot
    rate: float = 0  # mails a second that it takes, one behind the other; beyond, `too_fast`. 0: any number
    too_fast: str = "454 Throttling failure: Maximum sending rate exceeded."
    at: str = "final"  # where it says so: mail, rcpt, data or final
    errors: int = 0  # refusals in a row, then 421 and the end, as Postfix's hard error limit; 0 for any number
    nested: bool = False  # a mail that was refused at its final dot is not over: the next MAIL is answered by 503
    sender: str = ""  # an answer to every MAIL instead of 250
    forgetful: bool = False  # behind that answer it takes RCPT and DATA as if MAIL had been in order
    accepts: int = -1  # so many recipients, and then `unknown` to everybody until `let-in` is there; -1: any number
    unknown: str = "550 5.1.1 No such user here"


class Session:
    """One connection. Commands are read one by one, so pipelined ones are answered in their order."""

    open = 0
    ever = 0

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ledger: Ledger, manners: Manners):
        self.reader, self.writer, self.ledger, self.manners = reader, writer, ledger, manners
        self.mails = 0
        self.errors = 0  # in a row
        self.is_known = not manners.login
        self.sender: str | None = None
        self.recipients: list[str] = []

    async def run(self) -> None:
        Session.open += 1
        Session.ever += 1
        self.ledger.connected()
        self.is_tarpit = Session.ever <= self.manners.tarpits
        if self.manners.connections and Session.open > self.manners.connections:
            self.say("421 4.7.0 Too many connections")
            Session.open -= 1
            self.writer.close()
            return
        self.say("220 judge.invalid ESMTP")
        try:
            while await self.command(await self.reader.readuntil(b"\r\n")):
                await self.writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up: what it had not finished was never taken
        finally:
            Session.open -= 1
            self.writer.close()

    def refuse(self, answer: str) -> bool:
        """False when the connection must close."""
        self.errors += 1
        if self.manners.errors and self.errors > self.manners.errors:
            self.say("421 4.7.0 judge.invalid Error: too many errors")
            return False
        self.say(answer)
        return not answer.startswith("421")

    def say_too_fast(self, at: str) -> bool | None:
        """At that stage; None when we are not, else as `refuse`."""
        if at != self.manners.at or not self.ledger.is_too_fast(self.manners.rate):
            return None
        return self.refuse(self.manners.too_fast)

    def say(self, answer: str) -> None:
        if not self.manners.dribble:
            self.writer.write(answer.encode() + b"\r\n")
            return
        code, words = answer[:3], answer[4:]
        lines = answer if "\r\n" in answer or code == "354" else f"{code}-{words}\r\n{code} {words}"
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in lines.encode() + b"\r\n":
            self.writer.write(bytes([byte]))

    async def command(self, line: bytes) -> bool:
        """Answer one command; False when the connection must close."""
        verb = line.strip().split(b" ")[0].upper().decode(errors="replace")
        match verb:
            case "EHLO":
                offers = ["PIPELINING"] * self.manners.pipelining + ["8BITMIME"] * self.manners.eight_bits
                offers += ["AUTH PLAIN"] * self.manners.login
                size = f"SIZE {self.manners.size or ''}".rstrip()
                self.say("\r\n250-".join(["250-judge.invalid", *offers, "ENHANCEDSTATUSCODES"]) + f"\r\n250 {size}")
            case "HELO":
                self.say("250 judge.invalid")
            case "AUTH":
                self.is_known = line.split()[-1] == base64.b64encode(b"\0iria\0right")
                self.say("235 2.7.0 Welcome" if self.is_known else "535 5.7.8 Who are you?")
            case "MAIL" if not self.is_known:
                self.say("530 5.7.0 Log in first")
            case "MAIL":
                if self.manners.most and self.mails >= self.manners.most:
                    self.ledger.note("enough")
                    self.say("421 4.7.0 That is enough for one connection")
                    return False
                self.mails += 1
                return self.mail(line)
            case "RCPT":
                return self.rcpt(line)
            case "DATA":
                return await self.data()
            case "RSET":
                self.sender, self.recipients = None, []
                self.say("250 2.0.0 Forgotten")
            case "NOOP":
                self.say("250 2.0.0 Yes")
            case "QUIT":
                self.say("221 2.0.0 Bye")
                return False
            case _:
                self.say("502 5.5.2 Unknown command")
        return True

    def mail(self, line: bytes) -> bool:
        match = ADDRESS.search(line)
        if match is None or self.sender is not None:
            return self.refuse("503 5.5.1 Error: nested MAIL command")
        self.ledger.note(line.decode().strip())
        if (answer := self.say_too_fast("mail")) is not None:
            return answer
        if match[1].startswith(b"unwanted"):
            return self.refuse("550 5.7.1 Sender rejected")
        if self.manners.sender and not (self.ledger.folder / "let-in").exists():
            if self.manners.forgetful:
                self.sender, self.recipients = match[1].decode(), []
            return self.refuse(self.manners.sender)
        self.sender, self.recipients = match[1].decode(), []
        self.say("250 2.1.0 Ok")
        return True

    def rcpt(self, line: bytes) -> bool:
        match = ADDRESS.search(line)
        if match is None or self.sender is None:
            return self.refuse("503 5.5.1 Not now")
        if (answer := self.say_too_fast("rcpt")) is not None:
            return answer
        address = match[1].decode()
        behaviour = address.partition("-")[0].lower()
        if behaviour == "close":
            return self.refuse("421 4.3.2 This server goes down for a moment")
        is_full = 0 <= self.manners.accepts <= self.ledger.known and not (self.ledger.folder / "let-in").exists()
        if behaviour == "reject" or is_full:
            return self.refuse(self.manners.unknown)
        if behaviour == "defer" or (behaviour == "deferonce" and address not in self.ledger.deferred_once):
            self.ledger.deferred_once.add(address)
            return self.refuse("451 4.2.1 Mailbox busy, try again later")
        self.ledger.known += 1
        self.recipients.append(address)
        self.say("250 2.1.5 Ok")
        return True

    async def data(self) -> bool:
        if not self.recipients and not self.manners.lax:
            return self.refuse("554 5.5.1 No valid recipients")
        if (answer := self.say_too_fast("data")) is not None:
            return answer
        self.say("354 Go ahead")
        await self.writer.drain()
        body = await self.body()
        return await self.judge(body)

    async def judge(self, body: bytes) -> bool:
        sender, recipients, self.sender, self.recipients = self.sender or "", self.recipients, None, []
        if not recipients:
            self.say("554 5.5.1 No valid recipients")
            return True
        if self.manners.delay or self.is_tarpit:
            await asyncio.sleep(60 if self.is_tarpit else self.manners.delay)
        behaviours = {address.partition("-")[0].lower() for address in recipients}
        if (answer := self.say_too_fast("final")) is not None:
            return answer
        if "refuse" in behaviours:
            if self.manners.nested:
                self.sender, self.recipients = sender, recipients
            return self.refuse("554 5.7.1 Message refused")
        self.errors = 0
        self.ledger.keep(sender, recipients, body, answered="drop" not in behaviours)
        if "drop" in behaviours:
            self.writer.transport.abort()
            return False
        self.say(f"250 2.0.0 Taken as {self.ledger.count}")
        return True

    async def body(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


async def serve(folder: Path, port: int, manners: Manners) -> None:
    ledger = Ledger(folder)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(reader, writer, ledger, manners).run()

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The starter's end of this pipe closes when it stops us, and also when it is killed.
    await asyncio.to_thread(sys.stdin.buffer.read)
    os._exit(0)  # connections in the middle of a mail are cut, as they would be by a crash


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--manners", type=json.loads, default={}, help="the fields of Manners, as JSON")
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.port, Manners(**options.manners)))
