"""Connections that haven't brought a request yet, or are idle: granian accepts them and tells nobody.

So the process looks at its own sockets now and then: an address that holds more of them than it may loses the newest,
and when all together come near what the process can hold, those go that have been silent longest. Behind our own
proxies the first rule is theirs: there, every connection comes from the same few addresses.
"""

from __future__ import annotations

import os
import socket
import stat
import time
from collections import defaultdict
from collections.abc import Container
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lib.visitor_addresses import one_visitor, parse_address

OPEN_FILES = Path("/proc/self/fd")


@dataclass
class AcceptedConnection:
    peer: str  # address:port, as RSGI says it
    socket: socket.socket  # a duplicate: its number can't be given to another connection while we hold it


@dataclass
class Sockets:
    """Watches the connections that came to `port`; 0 for none (a unix socket, which only our own proxies reach)."""

    port: int
    per_visitor: int | None  # None: no limit
    together: int
    seen: dict[str, float] = field(default_factory=dict)  # peer -> when we first saw it

    def tend(self, busy: Container[str]) -> int:
        """Close what is too much; `busy` are the peers with a request under way. How many were closed."""
        if not self.port or not OPEN_FILES.exists():
            return 0
        connections = self._connections()
        try:
            now = time.monotonic()
            self.seen = {each.peer: self.seen.get(each.peer, now) for each in connections}
            closed = 0
            for each in self._too_many(connections, busy):
                with suppress(OSError):  # gone already
                    each.socket.shutdown(socket.SHUT_RDWR)
                closed += 1
            return closed
        finally:
            for each in connections:
                each.socket.close()

    def _too_many(self, connections: list[AcceptedConnection], busy: Container[str]) -> list[AcceptedConnection]:
        oldest_first = sorted(connections, key=lambda each: self.seen[each.peer])
        going: dict[str, AcceptedConnection] = {}
        if self.per_visitor is not None:
            visitors: dict[str, list[AcceptedConnection]] = defaultdict(list)
            for each in oldest_first:
                visitors[one_visitor(parse_address(each.peer))].append(each)
            for theirs in visitors.values():
                going |= {each.peer: each for each in theirs[self.per_visitor :]}
        left = len(connections) - len(going)
        if left > self.together:
            idle = [each for each in oldest_first if each.peer not in busy and each.peer not in going]
            going |= {each.peer: each for each in idle[: left - self.together * 3 // 4]}
        return list(going.values())

    def _connections(self) -> list[AcceptedConnection]:
        found: dict[str, AcceptedConnection] = {}
        for path in OPEN_FILES.iterdir():
            with suppress(OSError):  # not connected, or gone meanwhile
                each = self._connection(int(path.name)) if stat.S_ISSOCK(path.stat().st_mode) else None
                if each is not None and found.setdefault(each.peer, each) is not each:
                    each.socket.close()  # our own duplicate, by the number that was the list's of open files
        return list(found.values())

    def _connection(self, number: int) -> AcceptedConnection | None:
        """The connection behind a file descriptor, if it came to our port."""
        with ExitStack() as stack:
            duplicate = stack.enter_context(socket.socket(fileno=os.dup(number)))
            if duplicate.family not in {socket.AF_INET, socket.AF_INET6} or duplicate.getsockname()[1] != self.port:
                return None
            address, port = duplicate.getpeername()[:2]
            stack.pop_all()  # it stays open for who asked
            return AcceptedConnection(f"[{address}]:{port}" if ":" in address else f"{address}:{port}", duplicate)
