"""A real SMTP server in a process of its own: what it took is the judge of what was sent.

It offers PIPELINING and 8BITMIME and does as the recipient's local part says:

    reject-…      550 5.1.1 at RCPT
    defer-…       451 4.2.1 at RCPT, always
    deferonce-…   451 4.2.1 at the first RCPT of this address, taken at the next
    refuse-…      554 5.7.1 as the answer to the final dot; not taken
    drop-…        taken and kept, but the connection closes instead of an answer
    anything else is taken

A sender whose local part begins with `unwanted` is rejected: 550 5.7.1 at MAIL.

Each message that came with its final dot and was taken is kept: its bytes as `<number>.eml`, and one line of
`log.jsonl`, written before the answer, so that a client that has its 250 finds the line there. What else a server may
be like is in `Manners`. The server ends with the process that started it: when its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

ADDRESS = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
GREETING_SECONDS = 10.0


# --- The server's side ----------------------------------------------------------------------------------------
class Ledger:
    """Where taken messages are written down: one order for all connections."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.deferred_once: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self._log = os.open(folder / "log.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def keep(self, sender: str, recipients: list[str], data: bytes, *, answered: bool) -> None:
        self.count += 1
        (self.folder / f"{self.count:07d}.eml").write_bytes(data)
        line = {"number": self.count, "sender": sender, "recipients": recipients, "answered": answered,
                "at": time.time()}  # fmt: skip
        os.write(self._log, json.dumps(line).encode() + b"\n")

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


class Session:
    """One connection. Commands are read one by one, so pipelined ones are answered in their order."""

    open = 0
    ever = 0

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ledger: Ledger, manners: Manners):
        self.reader, self.writer, self.ledger, self.manners = reader, writer, ledger, manners
        self.mails = 0
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
                self.mail(line)
            case "RCPT":
                self.rcpt(line)
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

    def mail(self, line: bytes) -> None:
        match = ADDRESS.search(line)
        if match is None or self.sender is not None:
            self.say("503 5.5.1 Not now")
            return
        self.ledger.note(line.decode().strip())
        if match[1].startswith(b"unwanted"):
            self.say("550 5.7.1 Sender rejected")
            return
        self.sender, self.recipients = match[1].decode(), []
        self.say("250 2.1.0 Ok")

    def rcpt(self, line: bytes) -> None:
        match = ADDRESS.search(line)
        if match is None or self.sender is None:
            self.say("503 5.5.1 Not now")
            return
        address = match[1].decode()
        behaviour = address.partition("-")[0].lower()
        if behaviour == "reject":
            self.say("550 5.1.1 No such user here")
        elif behaviour == "defer" or (behaviour == "deferonce" and address not in self.ledger.deferred_once):
            self.ledger.deferred_once.add(address)
            self.say("451 4.2.1 Mailbox busy, try again later")
        else:
            self.recipients.append(address)
            self.say("250 2.1.5 Ok")

    async def data(self) -> bool:
        if not self.recipients and not self.manners.lax:
            self.say("554 5.5.1 No valid recipients")
            return True
        self.say("354 Go ahead")
        await self.writer.drain()
        body = await self.body()
        sender, recipients, self.sender, self.recipients = self.sender or "", self.recipients, None, []
        if not recipients:
            self.say("554 5.5.1 No valid recipients")
            return True
        if self.manners.delay or self.is_tarpit:
            await asyncio.sleep(60 if self.is_tarpit else self.manners.delay)
        behaviours = {address.partition("-")[0].lower() for address in recipients}
        if "refuse" in behaviours:
            self.say("554 5.7.1 Message refused")
            return True
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


# --- The tests' side ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Taken:
    """One message that the server took."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    answered: bool
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None, "the message has no text part"
        return str(part.get_content())

    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None, "the message has no HTML part"
        return str(part.get_content())


class SmtpServer:
    """Start with `with SmtpServer(folder) as smtp:`; `smtp.port` is where it listens."""

    def __init__(self, folder: Path, *, port: int = 0, **manners: float) -> None:
        self.folder = folder
        command = [sys.executable, str(Path(__file__).resolve()), "--folder", str(folder), "--port", str(port)]
        self._process = subprocess.Popen(
            [*command, "--manners", json.dumps(manners)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first:
            raise RuntimeError(f"The SMTP server did not start (status {self._process.wait()}).")
        self.port = int(first)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/?connections=4"

    def taken(self) -> list[Taken]:
        """Everything taken so far, in order."""
        log = self.folder / "log.jsonl"
        # The last line may be half written.
        lines = [json.loads(line) for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        return [
            Taken(
                number=line["number"], sender=line["sender"], recipients=tuple(line["recipients"]),
                answered=line["answered"], raw=(self.folder / f"{line['number']:07d}.eml").read_bytes(),
            )
            for line in lines
        ]  # fmt: skip

    def notes(self) -> list[str]:
        """See `Ledger.note`."""
        notes = self.folder / "notes.txt"
        return notes.read_text().splitlines() if notes.exists() else []

    def connections(self) -> int:
        """How many there were, used or not."""
        connections = self.folder / "connections.txt"
        return connections.stat().st_size if connections.exists() else 0

    def count(self) -> int:
        return (self.folder / "log.jsonl").read_bytes().count(b"\n")

    def to(self, address: str) -> list[Taken]:
        return [mail for mail in self.taken() if address in mail.recipients]

    def copies(self, *, subject: str) -> Counter[str]:
        """How often each address got a message whose subject contains this."""
        return Counter(
            address for mail in self.taken() if subject in str(mail.message["Subject"]) for address in mail.recipients
        )

    def stop(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(GREETING_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--manners", type=json.loads, default={}, help="the fields of Manners, as JSON")
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.port, Manners(**options.manners)))
