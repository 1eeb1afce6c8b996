"""The pool of channels: what is on its way is waited for, all of it."""

from __future__ import annotations

import threading
import time

from django.core.mail import EmailMultiAlternatives

from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import NotBegun, Outgoing, Unreachable, Why
from newsletters.delivery.transports.pool import Pool
from newsletters.models.deliveries import Outcome


def mail(number: int) -> Outgoing:
    return Outgoing(Member(number, 1), "", "", EmailMultiAlternatives, time.monotonic())


class SlowChannel:
    """Answers one mail after the other, each when it is let."""

    def __init__(self, may_answer: threading.Semaphore) -> None:
        self._may_answer = may_answer

    def send(self, mail: Outgoing) -> Result:
        self._may_answer.acquire()
        return Result(*mail.member, Outcome.ACCEPTED)

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self._may_answer.release()


def test_collecting_all_that_is_on_its_way_does_not_stop_half_way() -> None:
    """A worker that is told to stop waits for every mail in hand; else it would call mails in doubt that are not."""
    may_answer = threading.Semaphore(0)
    pool = Pool(lambda: SlowChannel(may_answer), size=4)
    for number in range(4):
        pool.submit(mail(number))

    may_answer.release(2)
    assert len(pool.collect(at_least=2, within=10)) == 2
    threading.Timer(0.05, may_answer.release, [2]).start()
    assert len(pool.collect(at_least=pool.pending, within=10)) == 2

    for number in range(4):
        pool.submit(mail(number))
    for after in (0.02, 0.04, 0.06, 0.08):
        threading.Timer(after, may_answer.release).start()
    assert len(pool.collect(at_least=pool.pending, within=10)) == 4
    assert pool.pending == 0
    pool.close()


class Limited(SlowChannel):
    """A server that takes so many connections and no more; `places` is what is left."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._has_place = False
        self._places = places

    def send(self, mail: Outgoing) -> Result:
        if not self._has_place and not self._places.acquire(blocking=False):
            raise Unreachable("421 too many connections")
        self._has_place = True
        return Result(*mail.member, Outcome.ACCEPTED)

    def abort(self) -> None:
        pass


def test_a_server_that_takes_fewer_connections_is_sent_to_through_those() -> None:
    """Else the pool would stop for all of them, again and again, and send a handful of mails between."""
    places = threading.Semaphore(0)
    pool = Pool(lambda: Limited(places), size=4)
    places.release()
    pool.submit(mail(0))
    assert isinstance(pool.collect(at_least=1, within=10)[0], Result)
    for number in range(1, 40):
        pool.submit(mail(number))
    back = pool.collect(at_least=39, within=10)
    assert len(back) == 39
    assert all(isinstance(one, Result) for one in back)
    assert pool.trouble is None
    pool.close()


def test_when_the_last_connection_fails_the_pool_says_so() -> None:
    places = threading.Semaphore(4)
    channels: list[Limited] = []

    def make() -> Limited:
        channels.append(Limited(places))
        return channels[-1]

    pool = Pool(make, size=4)
    for number in range(40):
        pool.submit(mail(number))
    assert len(pool.collect(at_least=40, within=10)) == 40
    for channel in channels:
        channel._has_place = False
    while places.acquire(blocking=False):
        pass
    for number in range(40):
        pool.submit(mail(number))
    back = pool.collect(at_least=37, within=10)
    assert {one.why for one in back if isinstance(one, NotBegun)} == {Why.UNREACHABLE}
    assert pool.trouble is not None
    pool.withdraw()
    assert len(back) + len(pool.collect(at_least=pool.pending, within=10)) == 40
    pool.close()
