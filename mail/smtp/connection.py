"""One SMTP connection as a state machine without I/O waits: mails in, bytes out; bytes in, results out.

Until the final dot has left, nothing was taken, whatever happens; a connection that ends after it leaves the mail in
doubt. Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out together, and with the final dot of one
mail go these three of the next, so a mail costs the server's thinking and not three round trips.

The recorder hears of a mail when the server is ready for its body, and what became of it, in the order of the server's
answers, before it hears of the next one on the connection. The caller has what it heard written down between `read`
and `write`, so before the first byte of the body is given out.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Callable

from mail.results import About, Result, Verdict, counts_errors, from_reply, is_about, limits_the_connection
from mail.send_reasons import SendReason
from mail.smtp.connecting import COMMAND_SECONDS, OpenConnection
from mail.smtp.in_flight import InFlight, Stage, Survivors
from mail.smtp.output import output_to
from mail.smtp.paths import recipient_path, sender_path
from mail.transport import NotTaken, Outgoing, Recorder, TransportError, Why, head_of

FINAL_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6
IDLE_SECONDS = 60.0  # servers hang up on connections that say nothing; better we do
QUIT_SECONDS = 5.0
MOST_REPLY = 16 * 1024  # bytes of a line of a reply; a mail server never says more

_PRELUDE: tuple[Stage, Stage] = ("mail", "rcpt")
_USUAL: dict[Stage, bytes] = {"mail": b"250 ", "rcpt": b"250 ", "data": b"354 ", "final": b"250 "}
_BEFORE_THE_BODY = ("mail", "rcpt", "data")
_TURNED_BACK = {About.SPEED: Why.TOO_FAST, About.SIZE: Why.TOO_LARGE, About.SETUP: Why.UNREACHABLE}
Settle = Callable[[Outgoing, Result], None]


class Left(Exception):
    """The connection is of no use any more; the message says why."""


class Connection:
    def __init__(
        self,
        line: OpenConnection,
        name: str,
        recorder: Recorder,
        settle: Settle,
        turn_back: Callable[[InFlight, NotTaken, Stage], None],
        *,
        senders_differ: bool = False,
    ) -> None:
        self.line = line
        self.name = name
        self.begun = 0  # mails
        self.has_served = False  # so its end is an end like others, not a sign of trouble
        self.enough: int | None = None  # how many mails it took before the server said 421
        self.events = 0  # what the transport waits for
        self._recorder = recorder
        self._settle = settle
        self._turn_back = turn_back  # a mail that was not taken, for a reason that is not its recipient's
        self._senders_differ = senders_differ  # a sender that is refused says nothing about the next mail's
        self._opening: InFlight | None = None  # MAIL, RCPT, DATA were said, the go-ahead is not there yet
        self._finishing: InFlight | None = None  # its body and dot were given out, the answer is not there yet
        self._expected: deque[Stage] = deque()
        self._later: deque[tuple[bytes, Stage]] = deque()  # without PIPELINING: one command at a time
        self._out = output_to(line.socket)
        self._is_secure = isinstance(line.socket, ssl.SSLSocket)
        self._incoming = b""  # of a line
        self._words: list[bytes] = []  # of a reply of several lines
        self._mails = 0  # to which the server said yes or no
        self._quiet_since = time.monotonic()
        line.socket.setblocking(False)

    # --- what the transport asks --------------------------------------------------------------------------------
    @property
    def is_idle(self) -> bool:
        return not self._expected and not self._later

    @property
    def can_open(self) -> bool:
        """May the next mail be begun?"""
        if self._opening is not None:
            return False
        expected = self._expected
        return not expected or (self.line.pipelining and expected[-1] != "quit")

    @property
    def has_output(self) -> bool:
        return not self._out.is_empty

    @property
    def deadline(self) -> float:
        """When to give up waiting (monotonic)."""
        if not self._expected:
            return self._quiet_since + IDLE_SECONDS
        patience = {"final": FINAL_SECONDS, "quit": QUIT_SECONDS}.get(self._expected[0], COMMAND_SECONDS)
        return self._quiet_since + patience

    def open(self, flight: InFlight) -> Result | NotTaken | None:
        """Begin the next mail; the caller has looked at `can_open`. Or say what becomes of one that this server does
        not take, without a word to it. Raises `Unbuildable`."""
        mail, line = flight.mail, self.line
        address, sender = recipient_path(mail.email), sender_path(mail.envelope_from)
        is_ascii = address.isascii() and sender.isascii()
        data = flight.data = mail.data(eight_bits=line.eight_bits)
        length = sum(map(len, data))
        is_seven_bit = all(map(bytes.isascii, data))
        needs_utf8 = not is_ascii or not (is_seven_bit or head_of(data).isascii())
        if needs_utf8 and not line.smtputf8:
            words = f"{self.name} takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)"
            return Result(mail.key, Verdict.REJECTED, reason=SendReason.NO_SMTPUTF8, reply=words, email=mail.email)
        if line.size and length > line.size:
            words = f"{self.name} takes mails of up to {line.size} bytes (SIZE, RFC 1870); this one has {length}"
            return NotTaken(Why.TOO_LARGE, words, limit=line.size)
        size = "" if line.size is None else f" SIZE={length}"
        body = " BODY=8BITMIME" if line.eight_bits and not is_seven_bit else ""
        utf8 = " SMTPUTF8" if needs_utf8 else ""
        self.begun += 1
        self._opening = flight
        mail_from = f"MAIL FROM:<{sender}>{size}{body}{utf8}\r\n"
        rcpt_to = f"RCPT TO:<{address}>\r\n"
        if line.pipelining:
            self._out.add(f"{mail_from}{rcpt_to}DATA\r\n".encode())
            self._expected += ("mail", "rcpt", "data")
        else:
            self._say(mail_from.encode(), "mail")
            self._later += ((rcpt_to.encode(), "rcpt"), (b"DATA\r\n", "data"))
        return None

    @property
    def is_about_to_begin(self) -> bool:
        """A mail was intended, and nothing of it given out yet: hanging up withdraws it."""
        flight = self._finishing
        return flight is not None and self._out.taken <= flight.body_at

    def quit(self) -> None:
        """Take leave; the connection ends with the answer."""
        self._say(b"QUIT\r\n", "quit")

    def survivors(self) -> Survivors:
        """The connection is gone. What the server had said of a mail by then counts: Postfix ends a connection by 421
        behind its twentieth 550, and the 550 stands."""
        safe: list[InFlight] = []
        doubtful: list[InFlight] = []
        blamed: list[tuple[InFlight, Stage]] = []
        if self._finishing is not None:
            # The dot that never left this machine cannot have been read by another.
            (doubtful if self._out.taken >= self._finishing.dot_at else safe).append(self._finishing)
        if self._opening is not None:
            self._end_opening(self._opening, safe, blamed)
        self._opening = self._finishing = None
        return Survivors(safe, doubtful, blamed)

    def _end_opening(self, flight: InFlight, safe: list[InFlight], blamed: list[tuple[InFlight, Stage]]) -> None:
        stage = self._expected[0] if self._expected else "mail"
        if flight.refusal is None:
            if stage in {"rcpt", "data"}:
                blamed.append((flight, stage))
            else:
                safe.append(flight)
            return
        stage, code, words = flight.refusal
        match is_about(code, words, stage=stage):
            case About.RECIPIENT:
                result = from_reply(flight.mail.key, code, words, stage=stage, email=flight.mail.email)
                self._settle(flight.mail, result)
            case About.SETUP:
                blamed.append((flight, stage))
            case _:
                safe.append(flight)

    # --- bytes --------------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Give out what the operating system takes. Raises `Left`."""
        before = self._out.taken
        try:
            self._out.send()
        except OSError as error:
            raise Left(_words(error)) from None
        if self._out.taken != before:
            self._quiet_since = time.monotonic()

    def read(self) -> None:
        """Take in what is there, and act on every reply that is complete. Raises `Left` and `TransportError`."""
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
            self._replies(data)
            if not self._is_secure:
                return  # if there is more, the selector says so; TLS may have read it already

    def _replies(self, data: bytes) -> None:
        *lines, self._incoming = (self._incoming + data).replace(b"\r\n", b"\n").split(b"\n")
        expected = self._expected
        for line in lines:
            if expected and not (self._words or self._later) and _USUAL.get(expected[0]) == line[:4]:
                stage = expected.popleft()  # what `_reply` would come to, in a third of its time
                if stage == "final":
                    self._final(250, line[4:])
                elif stage == "data":
                    self._go_ahead(354, line[4:])
                else:
                    self._mails += stage == "mail"
                continue
            code, more = line[:3], line[3:4]
            if not code.isdigit() or more not in b" -":
                raise Left(f"it said “{line[:80].decode('utf-8', 'replace')}”, which isn't a reply")
            if more == b"-":
                self._words.append(line[4:])
            elif self._words:
                words, self._words = b" ".join([*self._words, line[4:]]), []
                self._reply(int(code), words)
            else:
                self._reply(int(code), line[4:])
        if len(self._incoming) > MOST_REPLY or len(self._words) > 1000:
            raise Left("it talks without end")

    # --- the conversation ---------------------------------------------------------------------------------------
    def _say(self, command: bytes, stage: Stage) -> None:
        self._out.add(command)
        self._expected.append(stage)

    def _reply(self, code: int, words: bytes) -> None:
        if not self._expected:
            raise Left(_said(code, words))  # a good-bye nobody asked for
        stage = self._expected[0]
        if code == 421 and stage in _BEFORE_THE_BODY:
            self._closing(stage, words.decode("utf-8", "replace"))
        self._expected.popleft()
        if stage == "final":
            self._final(code, words)
        if stage == "quit":
            raise Left(_said(code, words))
        if code == 421:
            raise Left(_said(code, words))
        if stage == "data":
            self._go_ahead(code, words)
        elif stage in _PRELUDE:
            self._mails += stage == "mail"
            if code // 100 != 2:
                self._no(stage, code, words)
        if self._later and not self._expected:
            self._say(*self._later.popleft())

    def _final(self, code: int, words: bytes) -> None:
        flight, self._finishing = self._finishing, None
        self._result(flight, "final", code, words.decode("utf-8", "replace"))

    def _closing(self, stage: Stage, words: str) -> None:
        """It ends the connection instead of taking the next mail. Raises `Left`; what was expected stays expected."""
        flight = self._opening
        if stage == "mail" and self._mails and limits_the_connection(words):
            self.enough = self._mails
        elif flight is not None and flight.refusal is None and is_about(421, words, stage=stage) is About.SPEED:
            self._opening = None
            self._turn_back(flight, NotTaken(Why.TOO_FAST, f"421 {words}"), stage)
        elif counts_errors(words):
            self._expected.clear()  # the mails before this one are to blame
        raise Left(f"421 {words}")

    def _no(self, stage: Stage, code: int, words: bytes) -> None:
        flight = self._opening
        if flight is not None and flight.refusal is None:
            flight.refusal = (stage, code, words.decode("utf-8", "replace"))
            if stage == "mail" and code == 503:
                # “nested MAIL”: for this server the mail it refused last is not over. On a new connection it is.
                raise Left(_said(code, words))
            if not self.line.pipelining:
                self._later.clear()  # RCPT and DATA were not said yet
                self._refused(flight)

    def _go_ahead(self, code: int, words: bytes) -> None:
        flight = self._opening
        if flight is None:
            raise Left(_said(code, words))
        if flight.refusal is None and code == 354:
            self._recorder.intend(flight.mail.slot, flight.mail.key)
            data, flight.data = flight.data, ()
            self._opening, self._finishing = None, flight
            flight.body_at = self._out.added
            flight.dot_at = self._out.add_all([*data, b".\r\n" if data[-1].endswith(b"\r\n") else b"\r\n.\r\n"])
            self._expected.append("final")
            return
        if flight.refusal is None and code // 100 in {2, 3}:
            raise Left(f"“{_said(code, words)}” isn't an answer to DATA")
        if flight.refusal is None:
            flight.refusal = ("data", code, words.decode("utf-8", "replace"))
        self._refused(flight, lone_dot=code == 354)

    def _refused(self, flight: InFlight, *, lone_dot: bool = False) -> None:
        """End the transaction: where the server waits for a mail in spite of all, by a dot without one."""
        stage, code, words = flight.refusal or ("data", 554, "")
        is_confused = lone_dot and stage == "mail"  # it takes a mail without a sender: a dot would make an empty one
        if not is_confused:
            self._say(b".\r\n" if lone_dot else b"RSET\r\n", "aside")
        self._result(flight, stage, code, words)
        self._opening = None
        if is_confused:
            raise Left(f"it said “{_said(code, words.encode())}” to the sender and 354 to the mail")

    def _result(self, flight: InFlight | None, stage: Stage, code: int, words: str) -> None:
        if flight is None:
            raise Left(f"“{code} {words}” answers nothing")
        mail = flight.mail
        if code // 100 == 2:
            self.has_served = True
            self._settle(mail, from_reply(mail.key, code, words, stage=stage, email=mail.email))
            return
        about = is_about(code, words, stage=stage)
        if about in _TURNED_BACK:
            self._turn_back(flight, NotTaken(_TURNED_BACK[about], f"{code} {words}"), stage)
            return
        if about is About.US and stage != "final" and not self._senders_differ:
            what = "refuses the sender" if code // 100 == 5 else "takes nothing at present from the sender"
            raise TransportError(f"{self.name} {what} {mail.envelope_from}: {code} {words}", fatal=code // 100 == 5)
        self.has_served = True
        result = from_reply(mail.key, code, words, stage=stage, email=mail.email)
        if about is About.US and result.outcome == Verdict.REJECTED:  # our sender, and no recipient's fault
            result.outcome = Verdict.DEFERRED
        self._settle(mail, result)


def _said(code: int, words: bytes) -> str:
    return f"{code} {words.decode('utf-8', 'replace')}"


def _words(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).rstrip(".")
