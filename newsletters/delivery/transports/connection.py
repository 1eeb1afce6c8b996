"""One SMTP connection as a state machine without I/O waits: mails in, bytes out; bytes in, results out.

Until the final dot has left, nothing was taken, whatever happens; a connection that ends after it leaves the mail in
doubt. Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out together, and with the final dot of one
mail go these three of the next, so a mail costs the server's thinking and not three round trips.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from newsletters.delivery.outcomes import Result, from_reply
from newsletters.delivery.transports.base import NO_RECORD, Outgoing, Recorder, Unbuildable, Unreachable
from newsletters.delivery.transports.dialling import Line
from newsletters.models.deliveries import Outcome
from subscribers.addresses import with_ascii_domain

COMMAND_SECONDS, FINAL_SECONDS = 300.0, 600.0  # RFC 5321 §4.5.3.2
IDLE_SECONDS = 60.0  # servers hang up on connections that say nothing; better we do
MOST_REPLY = 64 * 1024  # bytes of one reply; whoever says more is no mail server


class Stage(Enum):
    """What a reply is the answer to."""

    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    FINAL = auto()  # the dot behind a mail
    ASIDE = auto()  # RSET, or the lone dot that ends a transaction without a mail


class Left(Exception):
    """The connection is of no use any more; the message says why."""


@dataclass
class Letter:
    """A mail on a connection."""

    mail: Outgoing
    data: bytes
    tries: int = 0  # connections that ended under it without having served anybody
    refusal: tuple[str, int, str] | None = None  # at which stage, with which answer
    dot_at: int = 0  # where in the stream of what we wrote its final dot ends, once it is written

    @classmethod
    def of(cls, mail: Outgoing) -> Letter:
        """Raises `Unbuildable`, also for an address that could say something of its own to the server."""
        for address in (mail.email, mail.envelope_from):
            if not address.isprintable() or any(character in " <>" for character in address):
                raise Unbuildable(f"“{address}” is no address that a mail can be sent to")
        return cls(mail, mail.data())


class Connection:
    def __init__(self, line: Line, name: str) -> None:
        self.line = line
        self.name = name
        self.results: list[tuple[Outgoing, Result]] = []
        self.recorder: Recorder = NO_RECORD
        self.has_served = False  # so its end is an end like others, not a sign of trouble
        self._opening: Letter | None = None  # MAIL, RCPT, DATA were said, the go-ahead is not there yet
        self._finishing: Letter | None = None  # its body and dot were given out, the answer is not there yet
        self._expected: deque[tuple[Stage, Letter | None]] = deque()
        self._later: deque[tuple[bytes, Stage, Letter]] = deque()  # without PIPELINING: one command at a time
        self._out = bytearray()
        self._given = 0  # bytes that the operating system took
        self._incoming = bytearray()
        self._words: list[str] = []  # of a reply of several lines
        self._quiet_since = time.monotonic()
        line.socket.setblocking(False)

    # --- what the transport asks --------------------------------------------------------------------------------
    @property
    def is_idle(self) -> bool:
        return not self._expected and not self._later

    @property
    def can_open(self) -> bool:
        """May the next mail be begun?"""
        if self._opening is not None or self._later:
            return False
        return self.line.pipelining or not self._expected

    @property
    def has_output(self) -> bool:
        return bool(self._out)

    @property
    def deadline(self) -> float:
        """When to give up waiting (monotonic)."""
        if self.is_idle:
            return self._quiet_since + IDLE_SECONDS
        first = self._expected[0][0] if self._expected else Stage.MAIL
        return self._quiet_since + (FINAL_SECONDS if first is Stage.FINAL else COMMAND_SECONDS)

    def takes(self, letter: Letter) -> bool:
        """A local part beyond ASCII needs SMTPUTF8 (RFC 6531); a domain beyond ASCII is written in ASCII."""
        return self.line.smtputf8 or with_ascii_domain(letter.mail.email).isascii()

    def refuse(self, letter: Letter) -> Result:
        """What becomes of a mail that this server does not take."""
        words = f"{self.name} takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)"
        mail = letter.mail
        return Result(*mail.member, Outcome.REJECTED, reason="no_smtputf8", reply=words, email=mail.email)

    def open(self, letter: Letter) -> None:
        """Begin the next mail. The caller has looked at `can_open`."""
        address = with_ascii_domain(letter.mail.email)
        sender = with_ascii_domain(letter.mail.envelope_from)
        option = "" if address.isascii() else " SMTPUTF8"
        self._opening = letter
        self._say(f"MAIL FROM:<{sender}>{option}\r\n".encode(), Stage.MAIL, letter)
        self._say(f"RCPT TO:<{address}>\r\n".encode(), Stage.RCPT, letter)
        self._say(b"DATA\r\n", Stage.DATA, letter)

    def quit(self) -> None:
        self._out += b"QUIT\r\n"

    def survivors(self) -> tuple[list[Letter], list[Letter]]:
        """The connection is gone: letters of which nothing was taken, and those of which nobody knows."""
        safe: list[Letter] = []
        doubtful: list[Letter] = []
        if self._finishing is not None:
            # The dot that never left this machine cannot have been read by another.
            (doubtful if self._given >= self._finishing.dot_at else safe).append(self._finishing)
        if self._opening is not None:
            safe.append(self._opening)
        self._opening = self._finishing = None
        return safe, doubtful

    # --- bytes --------------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Give out what the operating system takes. Raises `Left`."""
        try:
            while self._out:
                with memoryview(self._out) as view:
                    sent = self.line.socket.send(view[:262_144])
                del self._out[:sent]
                self._given += sent
                self._quiet_since = time.monotonic()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            raise Left(_words(error)) from None

    def read(self) -> None:
        """Take in what is there, and act on every reply that is complete. Raises `Left` and `Unreachable`."""
        while True:
            try:
                data = self.line.socket.recv(65_536)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                raise Left(_words(error)) from None
            if not data:
                raise Left("it hung up")
            self._quiet_since = time.monotonic()
            self._incoming += data
            self._replies()

    def _replies(self) -> None:
        while (end := self._incoming.find(b"\n")) >= 0:
            line = bytes(self._incoming[:end]).rstrip(b"\r")
            del self._incoming[: end + 1]
            code, more = line[:3], line[3:4]
            if not code.isdigit() or more not in {b"", b" ", b"-"}:
                raise Left(f"it said “{line[:80].decode('utf-8', 'replace')}”, which is no reply")
            self._words.append(line[4:].decode("utf-8", "replace"))
            if more != b"-":
                words, self._words = " ".join(self._words), []
                self._reply(int(code), words)
        if len(self._incoming) > MOST_REPLY or len(self._words) > 1000:
            raise Left("it talks without end")

    # --- the conversation ---------------------------------------------------------------------------------------
    def _say(self, command: bytes, stage: Stage, letter: Letter) -> None:
        if self.line.pipelining or not self._expected:
            self._out += command
            self._expected.append((stage, letter))
        else:
            self._later.append((command, stage, letter))

    def _aside(self, command: bytes) -> None:
        self._out += command
        self._expected.append((Stage.ASIDE, None))

    def _reply(self, code: int, words: str) -> None:
        if not self._expected:
            raise Left(f"{code} {words}")  # a good-bye nobody asked for
        stage, letter = self._expected.popleft()
        if code == 421 and stage is not Stage.FINAL:
            raise Left(f"{code} {words}")
        if letter is not None:
            self._answer(stage, letter, code, words)
        if self._later and not self._expected:
            command, stage, letter = self._later.popleft()
            self._out += command
            self._expected.append((stage, letter))

    def _answer(self, stage: Stage, letter: Letter, code: int, words: str) -> None:
        if stage is Stage.FINAL:
            self._finishing = None
            self._result(letter, "final", code, words)
            if code == 421:
                raise Left(f"{code} {words}")
        elif stage is Stage.DATA:
            self._go_ahead(letter, code, words)
        elif code // 100 != 2 and letter.refusal is None:
            letter.refusal = (stage.name.lower(), code, words)
            if not self.line.pipelining:
                self._later.clear()  # RCPT and DATA were not said yet
                self._refused(letter)

    def _go_ahead(self, letter: Letter, code: int, words: str) -> None:
        if letter.refusal is None and code == 354:
            self.recorder.intend(letter.mail.slot, letter.mail.member.subscriber_id)
            self._opening, self._finishing = None, letter
            self._out += letter.data
            self._out += b".\r\n" if letter.data.endswith(b"\r\n") else b"\r\n.\r\n"
            letter.dot_at = self._given + len(self._out)
            self._expected.append((Stage.FINAL, letter))
            return
        if letter.refusal is None and code // 100 in {2, 3}:
            raise Left(f"“{code} {words}” is no answer to DATA")
        if letter.refusal is None:
            letter.refusal = ("data", code, words)
        self._refused(letter, lone_dot=code == 354)

    def _refused(self, letter: Letter, *, lone_dot: bool = False) -> None:
        """End the transaction: where the server waits for a mail in spite of all, by a dot without one."""
        stage, code, words = letter.refusal or ("data", 554, "")
        self._aside(b".\r\n" if lone_dot else b"RSET\r\n")
        if stage == "mail" and code // 100 == 5:
            sender = letter.mail.envelope_from
            raise Unreachable(f"{self.name} refuses the sender {sender}: {code} {words}", fatal=True)
        self._opening = None
        self._result(letter, stage, code, words)

    def _result(self, letter: Letter, stage: str, code: int, words: str) -> None:
        mail = letter.mail
        self.has_served = True
        result = from_reply(*mail.member, code, words, stage=stage, email=mail.email)
        self.recorder.outcome(mail.slot, result)
        self.results.append((mail, result))


def in_doubt(letter: Letter, why: str) -> Result:
    return Result(*letter.mail.member, Outcome.IN_DOUBT, reason="connection_lost", reply=why)


def _words(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).rstrip(".")
