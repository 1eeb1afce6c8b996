"""SMTP over kept connections, all of them served by one thread.

The thread only moves bytes between sockets and the state machines of `connection.py`; connecting, which blocks, happens
in threads that end when the connection is there. Connections belong to the process, not to a task, and stay for the
next slice. Whatever a mail was submitted for comes back exactly once, with a result or with the reason why it was not
begun; a connection that ends takes nobody else's mail with it, and one that dawdles holds up only its own.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence

from mail.mail_queue import MailQueue
from mail.results import Result, names_a_limit
from mail.smtp.connecting import OpenConnection, Route, server_name
from mail.smtp.connection import Connection, Left
from mail.smtp.dialling import Dialling
from mail.smtp.in_flight import InFlight, Stage
from mail.smtp.learned_limits import Limits
from mail.smtp.suspects import Judgement, Suspects, deferred, in_doubt
from mail.transport import NotTaken, Outgoing, Recorder, TransportError, Unbuildable, Why

logger = logging.getLogger(__name__)
MOST_TRIES = 3  # connections that may end under a mail without having served any, before it is the server's trouble
LOOK_SECONDS = 1.0  # how often deadlines are looked at


class SmtpTransport(MailQueue):
    def __init__(self, route: Route, recorder: Recorder, *, senders_differ: bool = False) -> None:
        super().__init__(route.connections, recorder)
        self._route = route
        self._senders_differ = senders_differ
        self._name = server_name(route)
        self._limits = Limits(self._name, route.connections)
        self._again: deque[InFlight] = deque()  # their connection ended before they were taken
        self._suspects = Suspects()  # a connection ended in answer to their recipient
        self._answers: list[tuple[Outgoing, Result | NotTaken | Why]] = []  # which the journal has not got yet
        self._connections: set[Connection] = set()
        self._hungry: set[Connection] = set()  # could begin a mail, but there was none
        self._dialling = Dialling(route, self._wake)
        self._is_there = False  # the server took the last connection that we asked for
        self._looked_at_clocks = time.monotonic()
        self._closing = False
        self._sleeping = True
        self._aborting = threading.Event()
        self._thread: threading.Thread | None = None
        self._selector = selectors.DefaultSelector()
        self._waker, self._wake_end = socket.socketpair()
        for end in (self._waker, self._wake_end):
            end.setblocking(False)
        self._selector.register(self._wake_end, selectors.EVENT_READ)

    # --- for the sending loop ---------------------------------------------------------------------------------
    def _wake_up(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)
            self._thread.start()
        self._sleeping = False  # once is enough: whatever comes until it looks, it will see
        self._wake()

    def abort(self) -> None:
        self.withdraw()
        self._aborting.set()
        self._wake()

    def close(self) -> None:
        self.withdraw()
        self._closing = True
        self._wake()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake enough; closed: nobody is there any more
            self._waker.send(b"!")

    # --- in the thread ----------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._closing:
            try:
                self._turn()
            except Exception:
                # Not foreseen: nothing may be waited for for ever, so whatever was on its way is in doubt.
                logger.exception("The SMTP transport stumbled")
                for connection in list(self._connections):
                    self._end(connection, "a mistake of ours")
        for connection in list(self._connections):
            if connection.is_idle:
                with contextlib.suppress(Left):
                    connection.quit()
                    connection.write()
            self._end(connection, "closed", give_back=Why.WITHDRAWN)
        self._give_back(Why.WITHDRAWN)
        self._record()
        self._dialling.close()
        self._selector.close()
        self._waker.close()
        self._wake_end.close()

    def _turn(self) -> None:
        """Look once at everything that may have happened."""
        self._sleeping = True  # before the look at what is to do: a mail that comes after it wakes us
        self._feed()
        self._record()
        if not self._hungry and self._free_connections() <= 0:
            self._sleeping = False  # everybody is busy: the next mail is looked for when somebody is done
        ready: list[Connection] = []
        for key, events in self._selector.select(self._how_long()):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._wake_end.recv(4096)
            else:
                ready.append(key.data)
                if events & selectors.EVENT_READ:
                    self._read(key.data)
        self._record(ready)
        for connection in ready:
            if connection in self._connections:
                self._fill(connection)
        for line in self._dialling.answers():
            self._connected(line)
        if self._aborting.is_set():
            self._aborting.clear()
            for connection in list(self._connections):
                self._end(connection, "broken off", give_back=Why.WITHDRAWN)
            self._give_back(Why.WITHDRAWN)  # also what waited for another connection: it was not begun
        self._look_at_clocks()

    def _how_long(self) -> float:
        """To sleep. Where everybody is busy, a mail whose turn has come waits for one of them and not for the clock."""
        turn = self._until_next_turn()
        return min(LOOK_SECONDS, turn) if turn or self._hungry else LOOK_SECONDS

    def _feed(self) -> None:
        """Give every connection that can begin a mail the next one; ask for more connections when mails are left."""
        if self.trouble is not None:
            self._give_back(Why.UNREACHABLE)
        while self._hungry and self._count_due():
            self._fill(self._hungry.pop())
        waiting = self._count_due()
        if not waiting or self.trouble is not None:
            return
        # A server that was not there, or refused us, is asked by one connection, not by ten at once.
        most = self._free_connections() if self._is_there else 1
        for _ in range(min(waiting, most) - self._dialling.count):
            self._dialling.ask()

    def _free_connections(self) -> int:
        """How many more there could be, with those that are being made."""
        return self._limits.connections - len(self._connections)

    def _fill(self, connection: Connection) -> None:
        """Begin the next mail where one can be begun, and write, so that both leave together."""
        while connection.can_open:
            if self._limits.is_used_up(connection.begun):
                if connection.is_idle:
                    connection.quit()
                break
            flight = self._take()
            if flight is None:
                self._hungry.add(connection)
                break
            self._open(connection, flight)
        self._flush(connection)

    def _open(self, connection: Connection, flight: InFlight) -> None:
        self._prepare(flight.mail, eight_bits=connection.line.eight_bits)
        try:
            refusal = connection.open(flight)
        except Unbuildable as error:
            refusal = error.result(flight.mail)
        if isinstance(refusal, NotTaken):
            self._answers.append((flight.mail, refusal))
        elif refusal is not None:
            self._settle(flight.mail, refusal)

    def _take(self) -> InFlight | None:
        """The next mail that may begin now. Those whose check is too old go back to the loop."""
        while True:
            is_due = self._is_due
            if self._again:
                flight = self._again.popleft()
            elif self._suspects.waiting and (suspect := self._suspects.next(nobody_else=not is_due)) is not None:
                flight = suspect
            elif is_due and (mail := self._next()) is not None:
                flight = InFlight(mail)
            else:
                return None
            if not flight.mail.is_stale:
                return flight
            self._return(flight.mail, Why.STALE)

    def _count_due(self) -> int:
        """How many could begin now, if there were connections enough."""
        return len(self._again) + len(self._suspects.waiting) + (len(self._todo) if self._is_due else 0)

    def _give_back(self, why: Why) -> None:
        while self._again:
            self._return(self._again.popleft().mail, why)
        while (suspect := self._suspects.next(nobody_else=True)) is not None:
            self._return(suspect.mail, why)
        while (mail := self._next()) is not None:
            self._return(mail, why)

    # --- connections ------------------------------------------------------------------------------------------
    def _connected(self, line: OpenConnection | TransportError) -> None:
        if isinstance(line, OpenConnection):
            self._is_there = True
            connection = Connection(
                line,
                self._name,
                self._recorder,
                self._answered,
                self._turned_back,
                senders_differ=self._senders_differ,
            )
            connection.events = selectors.EVENT_READ
            self._connections.add(connection)
            self._hungry.add(connection)
            self._selector.register(line.socket, connection.events, connection)
        elif others := len(self._connections) + self._dialling.count:
            # Others of ours are served, or may yet be: the server takes no more at once. Work with those there are.
            logger.info("%s", line)
            self._limits.took_no_more_than(others, sure=any(each.has_served for each in self._connections))
        else:
            self._is_there = False
            self._circuit.open(line)

    def _answered(self, mail: Outgoing, result: Result) -> None:
        self._suspects.served += 1
        self._settle(mail, result)
        self._circuit.close()

    def _turned_back(self, flight: InFlight, words: NotTaken, stage: Stage) -> None:
        mail = flight.mail
        if flight.dot_at:
            self._recorder.revoke(mail.slot, mail.key)
        if words.why is Why.UNREACHABLE:
            self._blame(mail, stage, words.reply)
            return
        if words.why is Why.TOO_FAST:
            names = names_a_limit(words.reply)
            if stage == "rcpt" and not names and self._suspects.strike(mail) is Judgement.RECIPIENT:
                self._settle(mail, deferred(mail, stage, words.reply))
                return
            if not mail.not_before:
                self._give_back(Why.WITHDRAWN)  # nobody had told us to be slow: they are to come again in their turn
        self._answers.append((mail, words))

    def _blame(self, mail: Outgoing, stage: Stage, why: str) -> None:
        """A connection ended in answer to this mail's recipient, or the server spoke of our set-up."""
        match self._suspects.strike(mail):
            case Judgement.RECIPIENT:
                self._settle(mail, deferred(mail, stage, why))
            case Judgement.SERVER:
                self._circuit.open(TransportError(f"{self._name} takes no mail from us at present: {why}"))
                self._return(mail, Why.UNREACHABLE)
            case Judgement.AGAIN:
                self._suspects.add(InFlight(mail))

    def _read(self, connection: Connection) -> None:
        try:
            connection.read()
        except Left as left:
            self._end(connection, str(left))
        except TransportError as trouble:
            self._circuit.open(trouble)
            self._end(connection, str(trouble), give_back=Why.UNREACHABLE)

    def _record(self, ready: Sequence[Connection] = ()) -> None:
        """Write down what was heard; then the loop may know it too, and connections that are ready may write. When it
        cannot be written, those about to begin a mail hang up: behind a 354 nothing else withdraws it."""
        if not self._write_down():
            for connection in ready:
                if connection.is_about_to_begin:
                    self._end(connection, "the journal cannot be written", give_back=Why.NO_JOURNAL)
            self._give_back(Why.NO_JOURNAL)
        answers, self._answers = self._answers, []
        for mail, result in answers:
            self._return(mail, result)

    def _settle(self, mail: Outgoing, result: Result) -> None:
        self._note(mail, result)
        self._answers.append((mail, result))

    def _flush(self, connection: Connection) -> None:
        try:
            connection.write()
        except Left as left:
            self._end(connection, str(left))
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.has_output else 0)
        if connection.events != wanted:
            connection.events = wanted
            self._selector.modify(connection.line.socket, wanted, connection)

    def _end(self, connection: Connection, why: str, *, give_back: Why | None = None) -> None:
        """The connection is gone. What was certainly not taken is tried on another one, or given back."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._hungry.discard(connection)
        self._selector.unregister(connection.line.socket)
        with contextlib.suppress(OSError):
            connection.line.socket.close()
        if connection.enough:
            self._limits.had_enough_after(connection.enough)
        left = connection.survivors()
        for flight in left.doubtful:
            self._settle(flight.mail, in_doubt(flight.mail, why))
        for flight, stage in left.blamed:
            if give_back is not None:
                self._return(flight.mail, give_back)
            else:
                self._blame(flight.mail, stage, why)
        for flight in left.safe:
            if flight.dot_at:
                self._recorder.revoke(flight.mail.slot, flight.mail.key)
            tries = flight.tries + (not connection.has_served)
            if give_back is not None:
                self._return(flight.mail, give_back)
            elif tries >= MOST_TRIES:
                self._circuit.open(TransportError(f"{self._name} ends the connection: {why}"))
                self._return(flight.mail, Why.UNREACHABLE)
            else:
                self._again.append(InFlight(flight.mail, tries))

    # --- clocks -----------------------------------------------------------------------------------------------
    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        if now - self._looked_at_clocks < LOOK_SECONDS:
            return
        self._looked_at_clocks = now
        for connection in list(self._connections):
            if connection.deadline > now:
                continue
            if connection.is_idle:
                self._hungry.discard(connection)
                connection.quit()
                self._flush(connection)
            else:
                self._end(connection, "it does not answer")
