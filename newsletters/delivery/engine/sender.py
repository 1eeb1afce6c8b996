"""The sender of this process: claim chunks, and until nothing is left or time is up, exchange results for recipients.

One at a time a process, with one transport and one journal that outlive the slice. A stop, a pause and the end of the
slice all end the same way: what was not begun is put back, what is on its way is waited for, the claims are given back.
Where a server takes its time to answer, only those are held on whose answer is missing, and the next slice gets it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from mail.results import Result
from mail.route_rates import Turns
from mail.transport import NotTaken, Outgoing, Transport, TransportError, Why
from newsletters.blocks.content import NewerContent
from newsletters.delivery.engine import (
    claiming,
    dead_shares,
    finishing,
    frozen,
    halting,
    hand_out_shares,
    handing_out,
    not_taken,
    splitting,
    trouble,
)
from newsletters.delivery.engine.claiming import Claim
from newsletters.delivery.engine.handing_out import Exchanged
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.engine.journal import Journal, JournalUnusable
from newsletters.delivery.engine.outgoing import mails_to
from newsletters.delivery.engine.stopping import stopping
from newsletters.delivery.limits import rate_limits

logger = logging.getLogger(__name__)

EXCHANGE_SECONDS = 0.5  # results are settled when half of those in hand are back, and after this at the latest
PROMPT_SECONDS = 0.3  # for what is on its way when the slice ends; a slower one would keep the others waiting
GRACE_SECONDS = 2.5  # for what is on its way when the process is told to stop: what is not answered then is in doubt
IDLE_SECONDS = 0.1
LONGEST_WAIT = 5.0  # between two tries to tell the database something
MOST_HOLDS = 32  # chunks at once in which somebody waits; of others only the mails that dawdle are held
CLAIMS_AT_ONCE = 4
BROKEN = (OperationalError, InterfaceError)


class Sender:
    """Everything that this process holds."""

    def __init__(self, transport: Transport, journal: Journal, installation: str) -> None:
        self._transport = transport
        self._journal = journal
        self._installation = installation
        self._holds: dict[int, Hold] = {}  # by their slot in the journal
        self._lost: dict[int, Hold] = {}  # somebody else has the chunk; their answers are still welcome
        self._careful = False  # a COMMIT was not answered: look before writing
        self._patience = 0.0  # seconds to wait when the database fails again
        self._unwritable: JournalUnusable | None = None
        self._newer: set[int] = set()  # editions that only a later version of Iria can send
        self._policy = trouble.PolicyWatch()
        self._dead = dead_shares.DeadWatch()
        self._turns = Turns(settings.EMAIL_ROUTE)  # where its server has said that we are too fast
        self._settled = 0

    def uses(self, transport: Transport, journal: Journal) -> bool:
        return self._transport is transport and self._journal is journal

    @property
    def holds_anything(self) -> bool:
        return bool(self._holds or self._lost)

    # --- The loop ---------------------------------------------------------------------------------------------
    def work(self, until: float) -> int:
        self._settled, self._unwritable = 0, None
        try:
            while time.monotonic() < until and not stopping.is_set() and self._blocked is None:
                if not self.step():
                    break
            if self.holds_anything:
                self.wind_up()
        except BaseException:
            # The claims stay ours; what is on its way will be settled by the next slice, or told by the journal.
            self._transport.withdraw()
            raise
        return self._settled

    def step(self) -> bool:
        """One turn of the loop: claim, settle and hand out, and hear what came of the mails. False: nothing to do."""
        self._claim_more()
        if not self.holds_anything:
            return False
        self._exchange(self._transport.room)
        if self._transport.pending:
            self._collect(at_least=max(1, self._transport.pending // 2), within=EXCHANGE_SECONDS)
        else:
            stopping.wait(IDLE_SECONDS)  # a limit lets nobody begin just now
        return True

    def wind_up(self) -> None:
        """Take back what was not begun, wait a little for what is on its way, tell the database, say why we stop."""
        self._transport.withdraw()
        self._collect(at_least=self._transport.pending, within=PROMPT_SECONDS)
        if stopping.is_set() and self._transport.pending:
            self._collect(at_least=self._transport.pending, within=GRACE_SECONDS)
            self._break_off()
        for hold in self._holds.values():
            hold.put_back_stale()
        editions = {hold.claim.edition_id for hold in self._holds.values()}
        while not self._exchange(0, let_go=True):
            if stopping.is_set():
                return  # the journal will tell
        self._give_back_waiting()
        blocked = self._blocked
        if blocked is not None:
            trouble.report_trouble(editions, str(blocked), fatal=getattr(blocked, "fatal", False))

    @property
    def _blocked(self) -> TransportError | JournalUnusable | None:
        return self._transport.trouble or self._unwritable

    def _claim_more(self) -> None:
        """Chunks for what the connections can take beyond those we hold; of a throttled group, one at a time."""
        room = self._transport.room - sum(hold.waiting for hold in self._holds.values() if not hold.claim.group)
        throttled = {hold.claim.group for hold in self._holds.values()} - {rate_limits.EVERYBODY}
        places = MOST_HOLDS - sum(hold.waiting > 0 for hold in self._holds.values())
        if room <= 0 or places <= 0:
            return
        try:
            claims = claiming.claim(
                self._journal.owner,
                timezone.now(),
                at_most=min(places, CLAIMS_AT_ONCE, 1 + room // settings.CHUNK_SIZE),
                without=sorted(throttled),
                but_of=self._newer,
            )
            self._take_up(claims)
        except BROKEN:
            self._broken()

    def _take_up(self, claims: Sequence[Claim]) -> None:
        """Write the claims down before anybody of them is handed out. What goes wrong leaves nobody handed out."""
        try:
            if claims:
                halting.record_fence(max(claim.fence for claim in claims), self._installation)
            for claim in claims:
                if (hold := self._hold(claim)) is not None:
                    hold.take_slot(self._journal.claim(claim.chunk_id, claim.fence))
                    self._holds[hold.slot] = hold
        except OSError as problem:
            self._unwritable = (
                problem
                if isinstance(problem, JournalUnusable)
                else JournalUnusable(f"The journal folder isn't writable: {problem.strerror or problem}.")
            )
        held = {hold.claim.chunk_id for hold in [*self._holds.values(), *self._lost.values()]}
        if not held.issuperset(claim.chunk_id for claim in claims):
            claiming.release_unheld(self._journal.owner, but=sorted(held))

    def _hold(self, claim: Claim) -> Hold | None:
        try:
            loaded = frozen.load(claim.edition_id, claim.content_hash)
        except BROKEN:
            raise
        except NewerContent as newer:
            logger.error("Edition %s: %s", claim.edition_id, newer)  # noqa: TRY400 - a sentence for the operator
            trouble.report_trouble([claim.edition_id], str(newer))
            self._newer.add(claim.edition_id)  # not paused: workers that were updated go on with it
            return None
        except Exception as error:
            # It would fail again at once, and the editions behind it must not wait.
            logger.exception("Edition %s: its emails can't be built", claim.edition_id)
            trouble.pause_edition(claim.edition_id, f"Its emails can't be built ({type(error).__name__}: {error}).")
            return None
        return handing_out.take_up(claim, loaded)

    # --- The exchange -----------------------------------------------------------------------------------------
    def _exchange(self, want: int, *, let_go: bool = False) -> bool:
        """False when the database did not take it; then nothing is forgotten, and it is to be done again."""
        self._settle_lost()
        holds = list(self._holds.values())
        if not holds:
            return True
        if want:
            want = self._written_down(want)
        rate = self._transport.rate / len(holds)
        for hold in holds:
            hold.set_rate(rate)
        came = [(hold.claim.edition_id, hold.results) for hold in holds]
        now = timezone.now()  # before the addresses are read: no link says that it is newer than the address it goes to
        try:
            turns = self._turns.take(min(want, sum(hold.waiting + len(hold.unsent) for hold in holds)))
            want = want if turns is None else len(turns)
            for hold in holds:
                if turns is not None or rate_limits.is_throttled(hold.claim.group):
                    hold.put_back_stale()  # who begins later than their token or turn was for needs another one
            before = [set(hold.stale) for hold in holds]
            taken = rate_limits.take_tokens(hand_out_shares.count_wanted(holds, want)) if want else Counter[str]()
            shares = hand_out_shares.share_out(holds, want, taken)
            steps = handing_out.exchange(holds, shares, let_go=let_go, careful=self._careful)
        except (*BROKEN, handing_out.OutOfDate):
            self._broken()
            return False
        except IntegrityError:
            if self._careful:
                raise
            logger.warning("A result stands in the ledger already; checking each", exc_info=True)
            self._careful = True
            return False
        self._careful, self._patience = False, 0.0
        # Before anything else: who was handed out must be on their way, whatever fails.
        self._act(holds, steps, turns, now)
        self._settled += sum(len(results) for _edition_id, results in came)
        try:
            for edition_id, results in came:
                self._policy.record_results(edition_id, results)
                self._dead.record_results(edition_id, results)
            if self._settled and self._blocked is None:
                trouble.clear_trouble(
                    {
                        edition
                        for (edition, results), step in zip(came, steps, strict=True)
                        if results and step.in_trouble
                    }
                )
            finishing.finish_some(hold.claim.edition_id for hold, step in zip(holds, steps, strict=True) if step.over)
            rate_limits.give_tokens_back(Counter(taken) - hand_out_shares.count_begun(holds, steps, before))
        except BROKEN:
            self._broken()  # tokens may be lost: a second that is slower than it need be
        return True

    def _written_down(self, want: int) -> int:
        """No journal, no hand-out."""
        try:
            self._journal.reserve(want + self._transport.pending)
        except JournalUnusable as problem:
            self._unwritable = problem
            return 0
        return want

    def _act(self, holds: Sequence[Hold], steps: Sequence[Exchanged], turns: list[float] | None, now: datetime) -> None:
        withdraw = False
        next_turn = iter(turns or ())
        for hold, step in zip(holds, steps, strict=True):
            if step.lost:
                logger.warning(
                    "Edition %s: chunk %s was taken over by another process", hold.claim.edition_id, hold.claim.chunk_id
                )
                self._lost[hold.slot] = self._holds.pop(hold.slot)
                withdraw = True
            elif step.over:
                del self._holds[hold.slot]
                self._journal.drop(hold.slot)
            else:
                withdraw = withdraw or step.halted
            for mail in mails_to(hold, step.handed_out, now, next_turn):
                self._transport.submit(mail)
        self._turns.give_back(len(list(next_turn)))
        if withdraw:
            self._transport.withdraw()

    def _settle_lost(self) -> None:
        """Nothing more is handed out of these. What was answered, and what was not begun, is still written down."""
        for slot, hold in list(self._lost.items()):
            members = {*hold.unsent, *hold.stale}
            try:
                handing_out.settle_late(hold.claim, [*hold.results, *map(handing_out.not_begun, members)])
            except BROKEN:
                self._broken()
                return
            hold.forget_told()
            if not hold.has_mail_on_its_way:
                del self._lost[slot]
                self._journal.drop(slot)

    # --- The transport ----------------------------------------------------------------------------------------
    def _collect(self, *, at_least: int, within: float) -> None:
        turned_back: list[tuple[Hold, Outgoing, NotTaken]] = []
        holds = self._lost | self._holds
        back = self._transport.collect(at_least=at_least, within=within)
        self._turns.record(back)
        for mail, what in back:
            hold = holds[mail.slot]
            if isinstance(what, Result):
                hold.record_result(what)
                continue
            hold.remember_strikes(mail)
            if what == Why.STALE:
                hold.mark_stale(mail.key)
            elif isinstance(what, NotTaken):
                turned_back.append((hold, mail, what))
            else:
                hold.put_back(mail.key)
        for hold, mail, what in turned_back:  # when all others are known: this may ask the database
            try:
                not_taken.judge(hold, mail, what, self._turns.taken)
            except BROKEN:
                hold.put_back(mail.key)  # the server will say so again
                self._broken()

    def _give_back_waiting(self) -> None:
        """Of the claims that a slow server keeps us from ending."""
        for hold in self._holds.values():
            try:
                splitting.give_back_waiting(hold)
            except BROKEN:
                self._broken()
                return  # then they are ours a slice longer

    def _break_off(self) -> None:
        """A server keeps us waiting longer than we may: its answers will reach nobody."""
        self._transport.abort()
        self._collect(at_least=self._transport.pending, within=0.5)
        for hold in [*self._holds.values(), *self._lost.values()]:
            hold.doubt_unanswered()

    # --- The database -----------------------------------------------------------------------------------------
    def _broken(self) -> None:
        """A COMMIT may or may not have happened. Nothing is lost: results are written once however often they are
        applied, and everyone who was handed out without our hearing of it is found as an orphan. Waits until the
        database is back, or we are told to stop; then the journal tells."""
        logger.warning("The database failed; retrying", exc_info=not self._careful)
        self._careful = True
        stopping.wait(self._patience)  # it may answer at once, and fail at once: as with a full disk
        self._patience = min(2 * self._patience or IDLE_SECONDS, LONGEST_WAIT)
        wait = IDLE_SECONDS
        while True:
            try:
                connection.close()
                connection.ensure_connection()
                for hold in self._holds.values():
                    hold.put_back_orphans(handing_out.find_orphans(hold))
                held = [hold.claim.chunk_id for hold in [*self._holds.values(), *self._lost.values()]]
                claiming.release_unheld(self._journal.owner, but=held)
            except BROKEN:
                if stopping.wait(wait):
                    raise
                wait = min(2 * wait, LONGEST_WAIT)
                continue
            return
