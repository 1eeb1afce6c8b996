"""The pool of channels: what is on its way is waited for, all of it, and recorded before and after."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.mail import EmailMultiAlternatives

from mail.esp.pool import Pool
from mail.results import Result, Verdict
from mail.transport import NO_RECORD, NoAnswer, Outgoing, TransportError, Unbuildable, Why
from newsletters.delivery.ledger.members import Member


class Hearing:
    """A recorder and a channel in one, so that the order in which they are called can be seen."""

    def __init__(self, answer: Result | Exception) -> None:
        self.answer = answer
        self.is_full = False
        self.heard: list[str] = []
        self.noted: list[str] = []  # and not written down

    def intend(self, slot: int, subscriber_id: int) -> None:
        self.noted.append("intent")

    def revoke(self, slot: int, subscriber_id: int) -> None:
        self.noted.append("revoke")

    def outcome(self, slot: int, result: Result) -> None:
        self.noted.append(f"outcome {result.outcome}")

    def write_down(self) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.heard += self.noted
        self.noted.clear()

    def send(self, mail: Outgoing) -> Result:
        self.heard.append("call")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None: ...

    def abort(self) -> None: ...


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (Result(Member(1, 1), Verdict.ACCEPTED), ["intent", "call", "outcome accepted"]),
        (TransportError("nothing listens there"), ["intent", "call", "revoke"]),
        (Unbuildable("no template"), ["intent", "call", "outcome rejected"]),
        (NoAnswer("it hung up"), ["intent", "call", "outcome in_doubt"]),
        (RuntimeError("a bug of ours"), ["intent", "call", "outcome in_doubt"]),
    ],
)
def test_a_call_is_intended_before_it_is_made_and_its_outcome_is_recorded(
    answer: Result | Exception, heard: list[str]
) -> None:
    hearing = Hearing(answer)
    pool = Pool(lambda: hearing, size=1, recorder=hearing)
    pool.submit(mail(1))
    ((_, what),) = pool.collect(at_least=1, within=10)
    pool.close()
    assert hearing.heard == heard
    assert (what == Why.UNREACHABLE) is isinstance(answer, TransportError)


@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [
        (Result(Member(1, 1), Verdict.ACCEPTED), True),
        (Result(Member(1, 1), Verdict.REJECTED), True),
        (Unbuildable("no template"), True),
        (RuntimeError("a bug of ours"), True),
        (TransportError("nothing listens there"), False),
        (NoAnswer("it hung up"), False),
    ],
)
def test_what_would_go_wrong_for_everybody_stops_the_next_call(answer: Result | Exception, goes_on: bool) -> None:
    hearing = Hearing(answer)
    pool = Pool(lambda: hearing, size=1, recorder=NO_RECORD)
    for number in range(5):
        pool.submit(mail(number))
    back = pool.collect(at_least=5, within=10)
    pool.close()
    assert hearing.heard.count("call") == (5 if goes_on else 1)
    assert sum(what == Why.UNREACHABLE for _, what in back) == (4 + isinstance(answer, TransportError)) * (not goes_on)


def test_no_call_is_made_that_cannot_be_recorded() -> None:
    hearing = Hearing(Result(Member(1, 1), Verdict.ACCEPTED))
    hearing.is_full = True
    pool = Pool(lambda: hearing, size=1, recorder=hearing)
    pool.submit(mail(1))
    ((_, what),) = pool.collect(at_least=1, within=10)
    pool.close()
    assert what == Why.NO_JOURNAL
    assert hearing.heard == []


def mail(number: int) -> Outgoing:
    return Outgoing(Member(number, 1), "", "", EmailMultiAlternatives, time.monotonic())


class SlowChannel:
    """Answers one mail after the other, each when it is let."""

    def __init__(self, may_answer: threading.Semaphore) -> None:
        self._may_answer = may_answer

    def send(self, mail: Outgoing) -> Result:
        self._may_answer.acquire()
        return Result(mail.key, Verdict.ACCEPTED)

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
