"""What a mail server lets us have: how many connections at once, and how many mails on each.

Nobody says so in advance: it is learned from a connection that was refused while others were served, and from a 421
after so many mails. Kept to, it costs nothing; run into, a mail has to wait for another connection. What was learned
is forgotten after a while, so that a server that has become more generous is noticed.
"""

from __future__ import annotations

import logging
import time

logger = logging.getLogger(__name__)
FEWER_SECONDS = 60.0  # before another connection is asked of a server that took no more
SAME_AGAIN = 3  # connections that ended after the same number of mails
PERHAPS_SECONDS = 1.0  # the same, while none of those there has served anybody
MAILS_SECONDS = 600.0  # before more mails on a connection are tried than it took


class Limits:
    def __init__(self, name: str, connections: int) -> None:
        self._name = name
        self._asked_for = connections
        self._connections = connections
        self._connections_until = 0.0
        self._mails = 0  # on each connection; 0: any number
        self._seen = (0, 0)  # how often running a connection ended after how many mails
        self._mails_until = 0.0

    @property
    def connections(self) -> int:
        if self._connections < self._asked_for and time.monotonic() > self._connections_until:
            self._connections = self._asked_for
        return self._connections

    def took_no_more_than(self, connections: int, *, sure: bool = True) -> None:
        """Unless we are `sure` that these are served, the server may just have been away: then not for long, else we
        would be left with few connections that are perhaps of no use."""
        self._connections = connections
        self._connections_until = time.monotonic() + (FEWER_SECONDS if sure else PERHAPS_SECONDS)
        logger.info("%s takes no more: going on with %s connections", self._name, connections)

    def had_enough_after(self, mails: int) -> None:
        """A 421 in answer to the next MAIL after so many. Once it may be anything, as a server that restarts; the same
        number several times running is a limit."""
        self._seen = (self._seen[0] + 1 if self._seen[1] == mails else 1, mails)
        if self._seen[0] < SAME_AGAIN:
            return
        if self._mails != mails:
            logger.info("%s takes %s emails per connection", self._name, mails)
        self._mails, self._mails_until = mails, time.monotonic() + MAILS_SECONDS

    def is_used_up(self, mails: int) -> bool:
        """May no more be begun on a connection that has had so many?"""
        if self._mails and time.monotonic() > self._mails_until:
            self._mails = 0
        return 0 < self._mails <= mails
