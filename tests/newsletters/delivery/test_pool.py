"""The pool of channels: what is on its way is waited for, all of it."""

from __future__ import annotations

import threading
import time

from django.core.mail import EmailMultiAlternatives

from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import NO_RECORD, Outgoing
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
    pool = Pool(lambda: SlowChannel(may_answer), size=4, recorder=NO_RECORD)
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
