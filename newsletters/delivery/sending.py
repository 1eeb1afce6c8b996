"""The sending loop: claim a chunk, and until it is done or time is up, exchange results for recipients.

One at a time a process. A stop, a pause and the end of the slice all end the same way: what was not begun is put back,
what is on its way is waited for, and the chunk is released. What was on its way when the process died is in doubt.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from newsletters.delivery import claiming, frozen, handing_out
from newsletters.delivery.claiming import Claim
from newsletters.delivery.frozen import FrozenEdition
from newsletters.delivery.handing_out import FenceLost, HandedOut, Step
from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import Result
from newsletters.delivery.stopping import stopping
from newsletters.delivery.transports import open_transport
from newsletters.delivery.transports.base import NO_RECORD, Outgoing, Transport, Why
from newsletters.editions import transitions
from newsletters.models import Edition
from newsletters.models.deliveries import Outcome
from newsletters.rendering.compiled import can_compile
from newsletters.rendering.message import build

logger = logging.getLogger(__name__)

EXCHANGE_SECONDS = 0.5  # results are settled when half of those in hand are back, and after this at the latest
GRACE_SECONDS = 3.0  # for what is on its way when the process is told to stop
_one_at_a_time = threading.Lock()


def send_slice(seconds: float | None = None) -> int:
    """Send for that long (settings.SLICE_SECONDS). Returns how many mails were settled; 0 when another loop of this
    process is at work, the mail server cannot be reached, or nothing waits."""
    if not _one_at_a_time.acquire(blocking=False):
        return 0
    try:
        until = time.monotonic() + (settings.SLICE_SECONDS if seconds is None else seconds)
        owner = f"{settings.HOST_NAME}:{os.getpid()}"
        transport = open_transport(NO_RECORD)
        settled = 0
        while time.monotonic() < until and not stopping.is_set() and not transport.trouble:
            claim = claiming.claim(owner, timezone.now())
            if claim is None:
                break
            settled += _Work(claim, transport, lambda: time.monotonic() >= until).run()
        return settled
    finally:
        _one_at_a_time.release()


class _Work:
    """One claim's worth of sending."""

    def __init__(self, claim: Claim, transport: Transport, time_is_up: Callable[[], bool]) -> None:
        self._claim = claim
        self._transport = transport
        self._time_is_up = time_is_up
        self._frozen: FrozenEdition = frozen.load(claim.edition_id, claim.content_hash)
        self._held: set[Member] = set()  # handed out to us, without a result we have settled
        self._results: list[Result] = []
        self._stale: list[Member] = []
        self._unsent: list[Member] = []
        self._settled = 0

    def run(self) -> int:
        try:
            while not self._step():
                pass
        except FenceLost:
            logger.warning("Edition %s: chunk %s went to another", self._claim.edition_id, self._claim.chunk_id)
            self._settle_without_fence()
        except BaseException:
            # The claim stays until its lease ends; what is on its way must not be taken for the next claim's.
            self._empty_transport()
            raise
        claiming.release(self._claim)
        return self._settled

    def _step(self) -> bool:
        """One exchange and the wait for what comes of it. True when we are done with the claim."""
        ending = self._time_is_up() or stopping.is_set() or self._transport.trouble is not None
        if ending:
            self._withdraw()
        step = self._exchange(0 if ending else self._transport.room)
        for handed_out in step.handed_out:
            self._held.add(handed_out.member)
            self._transport.submit(self._outgoing(handed_out))
        if step.settled or ((ending or step.halted) and not self._held):
            self._say_trouble()
            return True
        if step.halted:
            self._withdraw()
        self._collect(at_least=max(1, len(self._held) // 2), within=EXCHANGE_SECONDS)
        return False

    def _exchange(self, want: int) -> Step:
        """Whatever goes wrong, results that are not settled yet stay in `_results`."""
        results, stale, unsent = self._results, self._stale, self._unsent
        try:
            step = handing_out.exchange(self._claim, self._frozen, results, want=want, stale=stale, unsent=unsent)
        except (OperationalError, InterfaceError):
            # The commit may or may not have happened. Nothing is lost: results are written once however often they
            # are applied, and whoever was handed out without our hearing of it is found as an orphan.
            logger.warning("Edition %s: the database broke off; trying again", self._claim.edition_id, exc_info=True)
            if stopping.is_set():
                raise
            self._reconnect()
            return Step()
        self._results, self._stale, self._unsent = [], [], []
        self._held.difference_update(_member(result) for result in results)
        self._held.difference_update(unsent)
        self._held.difference_update(stale)  # those still wanted are in step.handed_out again
        self._settled += len(results)
        return step

    def _reconnect(self) -> None:
        """Until the database is back, or we are told to stop; then find what its last commit handed out."""
        wait = 0.1
        while not stopping.wait(wait):
            try:
                connection.close()
                connection.ensure_connection()
                orphans = handing_out.orphans(self._claim, self._held)
            except (OperationalError, InterfaceError):
                wait = min(2 * wait, 5.0)
                continue
            self._held.update(orphans)
            self._unsent += [orphan for orphan in orphans if orphan not in self._unsent]
            return

    def _collect(self, *, at_least: int, within: float) -> None:
        for mail, what in self._transport.collect(at_least=at_least, within=within):
            if isinstance(what, Result):
                self._results.append(what)
            elif what == Why.STALE:
                self._stale.append(mail.member)
            else:
                self._unsent.append(mail.member)

    def _withdraw(self) -> None:
        """Take back what was not begun and wait for the rest; when the process must stop, not for long."""
        self._transport.withdraw()
        self._collect(at_least=self._transport.pending, within=GRACE_SECONDS if stopping.is_set() else EXCHANGE_SECONDS)
        if stopping.is_set() and self._transport.pending:
            self._transport.abort()
            self._collect(at_least=self._transport.pending, within=0.5)
            answered = {_member(result) for result in self._results} | {*self._unsent, *self._stale}
            # A server that keeps us waiting longer than we may: its answer will reach nobody.
            self._results += [Result(*member, Outcome.IN_DOUBT, reason="stopped") for member in self._held - answered]
        self._unsent += self._stale
        self._stale = []

    def _outgoing(self, handed_out: HandedOut) -> Outgoing:
        content, recipient, number = self._frozen.content, handed_out.recipient, handed_out.member.variant
        now = timezone.now()
        return Outgoing(
            member=handed_out.member,
            email=recipient.email,
            envelope_from=content.from_email,
            make=partial(build, self._frozen.variants[number], recipient, content, date=now),
            wire=partial(self._frozen.compiled[number].wire, recipient, now) if can_compile(recipient) else None,
            checked_at=handed_out.checked_at,
        )

    def _settle_without_fence(self) -> None:
        """Nothing more is handed out; what was answered, and what is on its way, still gets into the ledger."""
        handing_out.settle_late(self._claim, self._results + self._empty_transport())

    def _empty_transport(self) -> list[Result]:
        """Take back what was not begun, and wait for the rest as long as we may."""
        self._transport.withdraw()
        results: list[Result] = []
        while self._transport.pending and not stopping.is_set():
            back = self._transport.collect(at_least=1, within=EXCHANGE_SECONDS)
            results += [what for _, what in back if isinstance(what, Result)]
        return results

    def _say_trouble(self) -> None:
        """Write at the edition why it does not move; when only a person can help, pause it."""
        trouble = self._transport.trouble
        edition_id = self._claim.edition_id
        if trouble is None:
            if self._settled:
                Edition.objects.filter(pk=edition_id).exclude(trouble="").update(trouble="")
            return
        Edition.objects.filter(pk=edition_id, status=Edition.Status.SENDING).update(trouble=str(trouble)[:300])
        if trouble.fatal:
            try:
                transitions.pause(edition_id, by="Iria", why=str(trouble))
            except transitions.Refused:
                logger.info("Edition %s is no longer being sent", edition_id)


def _member(result: Result) -> Member:
    return Member(result.subscriber_id, result.variant)
