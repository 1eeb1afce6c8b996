"""SMTP over kept connections, all of them served by one thread.

The thread only moves bytes between sockets and the state machines of `connection.py`; connecting, which blocks, happens
in threads that end when the connection is there. Connections belong to the process, not to a task, and stay for the
next slice. Whatever a mail was submitted for comes back exactly once, as a result or as not begun.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import selectors
import socket
import threading
import time
from collections import deque
from dataclasses import replace

from newsletters.delivery.transports.base import NO_RECORD, Outgoing, Recorder, Unbuildable, Unreachable, Why
from newsletters.delivery.transports.connection import Connection, Left, Letter, in_doubt
from newsletters.delivery.transports.desk import Desk
from newsletters.delivery.transports.dialling import Line, Route, dial, server_name

logger = logging.getLogger(__name__)
MOST_TRIES = 3  # connections that may end under a mail without having served any, before it is the server's trouble
FEWER_SECONDS = 60.0  # before another connection is asked of a server that took no more
LOOK_SECONDS = 1.0  # how often deadlines are looked at when nothing else happens


class SmtpTransport(Desk):
    def __init__(self, route: Route, recorder: Recorder = NO_RECORD) -> None:
        self._recorder = recorder
        super().__init__(route.connections)
        self._route = route
        self._name = server_name(route)
        self._again: deque[Letter] = deque()  # their connection ended before they were taken
        self._connections: set[Connection] = set()
        self._dialled: queue.SimpleQueue[Line | Unreachable] = queue.SimpleQueue()
        self._dialling = 0
        self._most = self._size  # fewer when the server takes no more, for a while
        self._most_until = 0.0
        self._closing = False
        self._sleeping = False
        self._aborting = threading.Event()
        self._thread: threading.Thread | None = None
        self._selector = selectors.DefaultSelector()
        self._waker, self._wake_end = socket.socketpair()
        for end in (self._waker, self._wake_end):
            end.setblocking(False)
        self._selector.register(self._wake_end, selectors.EVENT_READ)

    # --- for the sending loop ---------------------------------------------------------------------------------
    def submit(self, mail: Outgoing) -> None:
        super().submit(mail)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)
            self._thread.start()
        if self._sleeping:
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
            self._end(connection, "closed", withdrawn=True)
        while self._dialling:
            line = self._dialled.get()
            self._dialling -= 1
            if isinstance(line, Line):
                line.socket.close()
        self._selector.close()
        self._waker.close()
        self._wake_end.close()

    def _turn(self) -> None:
        """Look once at everything that may have happened."""
        self._sleeping = True  # before the look at what is to do: a mail that comes after it wakes us
        self._feed()
        for key, events in self._selector.select(self._patience()):
            if key.fileobj is self._wake_end:
                with contextlib.suppress(BlockingIOError):
                    self._wake_end.recv(4096)
            else:
                self._serve(key.data, events)
        while not self._dialled.empty():
            self._connected(self._dialled.get())
        if self._aborting.is_set():
            self._aborting.clear()
            for connection in list(self._connections):
                self._end(connection, "broken off", withdrawn=True)
            self._give_back()  # also what waited for another connection: it was not begun
        self._look_at_clocks()

    def _feed(self) -> None:
        """Give every connection that can begin a mail the next one; ask for more connections when mails are left."""
        if self.trouble is not None:
            self._give_back()
        for connection in list(self._connections):
            self._fill(connection)
        if time.monotonic() > self._most_until:
            self._most = self._size
        waiting = self._todo.qsize() + len(self._again)
        if waiting and self.trouble is None and len(self._connections) + self._dialling < self._most:
            self._dialling += 1
            threading.Thread(target=self._dial, name="smtp-dial", daemon=True).start()

    def _fill(self, connection: Connection) -> None:
        """Begin the next mail where one can be begun, and write, so that both leave together."""
        while connection.can_open and (letter := self._take()) is not None:
            if connection.takes(letter):
                connection.open(letter)
            else:
                self._done.put((letter.mail, connection.refuse(letter)))
        self._flush(connection)

    def _take(self) -> Letter | None:
        """The next mail that may begin now. Those that may not come back to the loop, each with its reason."""
        while True:
            if self._again:
                letter = self._again.popleft()
            else:
                mail = self._next()
                if mail is None:
                    return None
                made = self._make(mail)
                if made is None:
                    continue
                letter = made
            if not letter.mail.is_stale:
                return letter
            self._done.put((letter.mail, Why.STALE))

    def _make(self, mail: Outgoing) -> Letter | None:
        try:
            return Letter.of(mail)
        except Unbuildable as error:
            self._done.put((mail, error.result(mail)))
            return None

    def _give_back(self) -> None:
        self._again, letters = deque(), self._again
        for letter in letters:
            self._done.put((letter.mail, Why.UNREACHABLE))
        while (mail := self._next()) is not None:
            self._done.put((mail, Why.UNREACHABLE))

    # --- connections ------------------------------------------------------------------------------------------
    def _dial(self) -> None:
        try:
            self._dialled.put(dial(self._route))
        except Unreachable as trouble:
            self._dialled.put(trouble)
        except Exception as error:
            logger.exception("Connecting failed")
            self._dialled.put(Unreachable(f"{self._name} cannot be reached: {error}"))
        self._wake()

    def _connected(self, line: Line | Unreachable) -> None:
        self._dialling -= 1
        if isinstance(line, Line):
            connection = Connection(line, self._name)
            connection.recorder = self._recorder
            self._connections.add(connection)
            self._selector.register(line.socket, selectors.EVENT_READ, connection)
        elif self._connections:
            # Others of ours are served: the server takes no more at once. Work with those there are.
            self._most = len(self._connections)
            self._most_until = time.monotonic() + FEWER_SECONDS
            logger.info("%s; going on with %s connections", line, self._most)
        else:
            self._circuit.open(line)

    def _serve(self, connection: Connection, events: int) -> None:
        if connection not in self._connections:
            return  # ended earlier in this turn
        try:
            if events & selectors.EVENT_READ:
                connection.read()
        except Left as left:
            self._results(connection)
            self._end(connection, str(left))
        except Unreachable as trouble:
            self._results(connection)
            self._circuit.open(trouble)
            self._end(connection, str(trouble), withdrawn=True)
        else:
            self._results(connection)
            self._fill(connection)

    def _flush(self, connection: Connection) -> None:
        try:
            connection.write()
        except Left as left:
            self._end(connection, str(left))
            return
        if connection in self._connections:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.has_output else 0)
            if self._selector.get_key(connection.line.socket).events != wanted:
                self._selector.modify(connection.line.socket, wanted, connection)

    def _results(self, connection: Connection) -> None:
        results, connection.results = connection.results, []
        for result in results:
            self._done.put(result)
        if results:
            self._circuit.close()

    def _end(self, connection: Connection, why: str, *, withdrawn: bool = False) -> None:
        """The connection is gone. What was certainly not taken is tried on another one, or given back."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._selector.unregister(connection.line.socket)
        with contextlib.suppress(OSError):
            connection.line.socket.close()
        safe, doubtful = connection.survivors()
        for letter in doubtful:
            self._done.put((letter.mail, in_doubt(letter, why)))
        for begun in safe:
            letter = replace(begun, refusal=None, tries=begun.tries + (not connection.has_served))
            if withdrawn:
                self._done.put((letter.mail, Why.WITHDRAWN))
            elif letter.tries >= MOST_TRIES:
                self._circuit.open(Unreachable(f"{self._name} ends the connection: {why}"))
                self._done.put((letter.mail, Why.UNREACHABLE))
            else:
                self._again.append(letter)

    # --- clocks -----------------------------------------------------------------------------------------------
    def _patience(self) -> float:
        now = time.monotonic()
        return min([LOOK_SECONDS, *(max(0.0, one.deadline - now) for one in self._connections)])

    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        for connection in list(self._connections):
            if connection.deadline <= now:
                if connection.is_idle:
                    connection.quit()
                    with contextlib.suppress(Left):
                        connection.write()
                self._end(connection, "it does not answer")
