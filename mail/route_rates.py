"""Turns to send, where a server has said that we are too fast: one line of them for all processes of a route.

Guarantee: mails of all processes together begin one behind the other, `1 / per_second` apart, however many workers and
hosts there are, and at most a quarter of a second's worth at once when one of them was late. As long as a server has
never said so, nothing is written, and one query a second is all it costs. Failure: what the database says is the
caller's to handle; no turn was taken then, or nobody knows that it was, and the next second is slower.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from mail.adaptive_rate import FORGOTTEN, Rate
from mail.models import RouteRate
from mail.results import REPLY_LENGTH, Result
from mail.transport import NotTaken, Outgoing, Returned, Why

AHEAD = 0.75  # seconds for which turns are taken; a mail must begin within one of its recipient's check
LATE = 0.25  # seconds that may be caught up with
READ_SECONDS = 1.0
LATELY = 1.0  # seconds of which is remembered how many mails were taken
SAID_LATELY = timedelta(minutes=10)
_SKEW = 60.0  # a clock that was further ahead was wrong
_RATE = [field.name for field in fields(Rate)]


class Slowed(NamedTuple):
    """A server that says we are too fast, for the people who watch."""

    per_second: float
    words: str


def slowed(route: Any, now: datetime) -> Slowed | None:
    """When it said so in the last minutes, or holds us up still. One query."""
    row = RouteRate.objects.filter(route=digest(route), refused_at__gt=now - SAID_LATELY).first()
    return Slowed(row.per_second, row.words) if row is not None else None


def digest(route: Any) -> str:
    """Names the server and the account there; the password, which may change, and the rest are left out."""
    way = (route.backend, route.host, route.port, route.username)
    return sha256("\0".join(map(str, way)).encode()).hexdigest()


class Turns:
    """This process's place in the line of its route. Used by one thread at a time."""

    def __init__(self, route: Any) -> None:
        self._route = digest(route)
        self._lately: deque[tuple[float, int]] = deque()  # when how many mails were taken
        self.taken = 0  # mails, ever
        self._taken = 0  # since the database was told, in their turn
        self._refused = 0
        self._blurted = 0  # refusals of mails that were begun without a turn
        self._unused = 0
        self._words = ""
        self._is_slowed = False
        self._read_at = float("-inf")

    # --- What came of the mails ---------------------------------------------------------------------------------
    def record(self, back: Iterable[tuple[Outgoing, Returned]]) -> None:
        """Mails came back."""
        taken = 0
        for mail, what in back:
            if isinstance(what, Result):  # or refused for a reason that is its own
                taken += 1
                if mail.not_before:
                    self._taken += 1
            elif isinstance(what, NotTaken) and what.why is Why.TOO_FAST:
                self._words = what.reply[:REPLY_LENGTH]
                if mail.not_before:
                    self._refused += 1
                else:
                    self._blurted += 1
            elif mail.not_before:
                self._unused += 1
        if taken:
            self._took(taken)

    def _took(self, count: int) -> None:
        self.taken += count
        now = time.monotonic()
        if self._lately and now - self._lately[-1][0] < 0.1:
            self._lately[-1] = (self._lately[-1][0], self._lately[-1][1] + count)
        else:
            self._lately.append((now, count))
            while now - self._lately[0][0] > LATELY:
                self._lately.popleft()

    def _taken_lately(self) -> float:
        since = time.monotonic() - LATELY
        return float(sum(count for at, count in self._lately if at >= since))

    # --- Turns --------------------------------------------------------------------------------------------------
    def take(self, want: int, *, at_once: bool = False) -> list[float] | None:
        """When each of up to so many mails may begin, of the monotonic clock; None where all may at once. `at_once`
        asks for one turn that does not wait: a message to one person goes before editions, which wait a little longer.
        """
        self._look()
        if not self._is_slowed:
            return None
        now = time.time()
        with transaction.atomic(durable=True):
            row = RouteRate.objects.select_for_update().filter(route=self._route).first()
            if row is None:
                row = self._begin(now)
            else:
                self._learn(row, now)
            turns = self._draw(row, now, want, at_once=at_once)
            row.save()
        self._taken = self._refused = self._blurted = self._unused = 0
        shift = time.monotonic() - now
        return [turn + shift for turn in turns]

    def tell(self) -> None:
        """Tell the database what came of the last mails, where that says something of the rate."""
        if self._refused or self._blurted or (self._is_slowed and self._taken):
            self.take(0)

    def give_back(self, count: int) -> None:
        """Turns of mails that were not begun after all: told the next time."""
        self._unused += count

    def _look(self) -> None:
        if self._refused or self._blurted:
            self._is_slowed = True
        elif time.monotonic() - self._read_at >= READ_SECONDS:
            self._read_at = time.monotonic()
            self._is_slowed = RouteRate.objects.filter(route=self._route).exists()

    def _begin(self, now: float) -> RouteRate:
        rate = Rate.first(now, lately=self._taken_lately())
        values = asdict(rate) | {"next_turn": now + 1 / rate.per_second, "words": self._words}
        made, _is_new = RouteRate.objects.get_or_create(
            route=self._route, defaults=values | {"refused_at": timezone.now()}
        )
        return made

    def _learn(self, row: RouteRate, now: float) -> None:
        rate = Rate(**{name: getattr(row, name) for name in _RATE})
        silent = timezone.now() - row.refused_at
        if silent.total_seconds() > FORGOTTEN and now - row.next_turn > FORGOTTEN:
            rate.resume(now)
        rate.record(now, taken=self._taken, refused=self._refused)
        if self._refused or self._blurted:
            row.refused_at, row.words = timezone.now(), self._words
        for name in _RATE:
            setattr(row, name, getattr(rate, name))

    def _draw(self, row: RouteRate, now: float, want: int, *, at_once: bool) -> list[float]:
        apart = 1 / row.per_second
        if row.next_turn > now + max(_SKEW, 2 * apart):
            row.next_turn = now
        begin = max(now - LATE, row.next_turn - self._unused * apart)
        if at_once:
            row.next_turn = begin + apart
            return [now]
        turns: list[float] = []
        while len(turns) < want and begin <= now + AHEAD:
            turns.append(begin)
            begin += apart
        row.next_turn = begin
        return turns
