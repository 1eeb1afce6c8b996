"""The hand-out rule as an executable model: whatever happens in whatever order, nobody twice and nobody lost.

Three sending processes (the real sender, journal, exchange and takeover, over a wire that the machine moves step by
step) send one edition, and hypothesis chooses what comes next: hand-outs, each step of a mail, crashes between any
two steps (T0 claimed, T1 handed out, J1 written down, S2 on the wire, J2 answered, T2 settled), lost COMMITs, slow
owners whose lease ends while they go on, takeovers, power loss, clock jumps, pauses, deferrals and retries. After every
step the ledger must come to its sum, the counters must count the rows, and nobody may have been taken twice.
"""

from __future__ import annotations

import contextlib
import copy
import os
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from newsletters.delivery.engine import (
    claiming,
    handing_out,
    reconciling,
    recovery,
    retrying,
    sender,
    splitting,
)
from newsletters.delivery.engine.claiming import Claim
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.engine.journal import reading
from newsletters.delivery.ledger import writing
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import COUNTED, Outcome
from subscribers.models import Subscriber, Subscription
from tests.factories import make_edition, make_list, make_newsletter, make_reader, start
from tests.newsletters.delivery.engine.model_process import ROOM, Died, Process

pytestmark = pytest.mark.slow

RECIPIENTS, CHUNK, PROCESSES = 9, 4, 3
FATES = ("accepted", "accepted", "deferred", "rejected", "dropped")
STEPS = [("handed out", ""), ("begun", ""), *(("written", f) for f in FATES), *(("answered", f) for f in FATES)]


class HandOutRule(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        for model in (Edition, Subscription, Subscriber):
            model.objects.all().delete()
        self.folder = Path(tempfile.mkdtemp(prefix="iria-rule-"))
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(
            override_settings(IRIA_JOURNAL_DIR=self.folder, CHUNK_SIZE=CHUNK, DEFERRAL_MINUTES=[0])
        )
        self.stack.enter_context(mock.patch.object(sender, "IDLE_SECONDS", 0.0))
        newsletter = make_newsletter(make_list())
        for _ in range(RECIPIENTS):
            make_reader(newsletter.mailing_list)
        self.edition = start(make_edition(newsletter))
        self.judge: Counter[int] = Counter()
        self.processes = [Process(self.folder, self.judge) for _ in range(PROCESSES)]
        self.later = timedelta()

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        try:
            self.finish()
        finally:
            for process in self.processes:
                process.journal.close()
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()
            self.stack.close()

    def step(self, who: int, room: int, *, hears: bool) -> None:
        """A turn of a process's loop, while its connections take so many mails."""
        process = self.processes[who]
        process.wire.room = room
        try:
            with process.wire.silent(not hears):
                process.sender.step()
        finally:
            process.wire.room = ROOM

    # --- the machine's moves ------------------------------------------------------------------------------------
    who = st.integers(0, PROCESSES - 1)

    @rule(who=who, want=st.integers(1, 4), how_far=st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    def work(self, who: int, want: int, how_far: list[tuple[str, str]]) -> None:
        """Claim, hand out, and each mail goes as far as its turn says."""
        wire = self.processes[who].wire
        self.step(who, want, hears=False)
        for step, fate in how_far:
            if not wire.queue or wire.begun or step == "handed out":
                break
            wire.begin()
            if step in {"written", "answered"}:
                wire.write(fate)
            if step == "answered":
                wire.answer(len(wire.written) - 1)

    @rule(who=who, want=st.integers(0, 4), hears=st.booleans())
    def a_turn(self, who: int, want: int, hears: bool) -> None:
        self.step(who, want, hears=hears)

    @rule(who=who)
    def next_mail_is_begun(self, who: int) -> None:
        if self.processes[who].wire.queue:
            self.processes[who].wire.begin()

    @rule(who=who, fate=st.sampled_from(FATES))
    def its_body_is_written(self, who: int, fate: str) -> None:
        if self.processes[who].wire.begun:
            self.processes[who].wire.write(fate)

    @rule(who=who, at=st.integers(0, 5))
    def a_server_answers(self, who: int, at: int) -> None:
        if self.processes[who].wire.written:
            self.processes[who].wire.answer(at)

    @rule(who=who)
    def a_connection_ends_before_the_dot(self, who: int) -> None:
        if self.processes[who].wire.begun:
            self.processes[who].wire.revoke()

    @rule(who=who)
    def a_look_grows_too_old(self, who: int) -> None:
        if self.processes[who].wire.queue:
            self.processes[who].wire.outdate()

    @rule(who=who, hears=st.booleans())
    def a_slice_ends(self, who: int, hears: bool) -> None:
        with self.processes[who].wire.silent(not hears):
            self.processes[who].sender.wind_up()

    @rule(who=who)
    def giving_back_who_waits_is_committed_and_not_answered(self, who: int) -> None:
        def and_breaks_off(hold: Hold) -> None:
            splitting.give_back_waiting(copy.copy(hold))
            raise OperationalError("server closed the connection")

        with mock.patch.object(sender, "connection"), mock.patch.object(sender, "splitting") as broken:
            broken.give_back_waiting = and_breaks_off
            self.processes[who].sender.wind_up()

    @rule(who=who)
    def withdraw(self, who: int) -> None:
        self.processes[who].wire.withdraw()

    @rule(who=who, noticed=st.booleans())
    def crash(self, who: int, noticed: bool = False) -> None:
        self.processes[who].die()
        self.processes[who] = Process(self.folder, self.judge)
        if noticed:
            recovery.take_over()

    @rule(who=who)
    def crash_after_claiming(self, who: int) -> None:
        """T0 committed, nothing written down."""
        claiming.claim(self.processes[who].journal.owner, timezone.now())
        self.crash(who)

    @rule(who=who, want=st.integers(1, 4))
    def crash_after_handing_out(self, who: int, want: int) -> None:
        """T1 committed, nothing begun."""
        exchange = handing_out.exchange

        def and_dies(*args: Any, **kwargs: Any) -> None:
            exchange(*args, **kwargs)
            raise Died

        with mock.patch.object(handing_out, "exchange", and_dies), contextlib.suppress(Died):
            self.step(who, want, hears=False)
        self.crash(who)

    @rule(who=who, want=st.integers(0, 4), before=st.booleans())
    def a_commit_is_not_answered(self, who: int, want: int, before: bool) -> None:
        at, name = (writing.LedgerBatch, "write") if before else (handing_out._HoldExchange, "finished")
        lost = mock.patch.object(at, name, side_effect=OperationalError("server closed the connection"))
        with mock.patch.object(sender, "connection"), lost:  # the test's own transaction must stay
            self.step(who, want, hears=False)

    @precondition(lambda self: self.held())
    @rule(at=st.integers(0, 5))
    def a_lease_ends_while_its_owner_goes_on(self, at: int) -> None:
        held = self.held()
        claiming.expire(held[at % len(held)])

    @rule()
    def take_over(self) -> None:
        recovery.take_over()

    @rule()
    def power_is_lost(self) -> None:
        """All processes at once, and the journals are of another boot."""
        for who in range(PROCESSES):
            self.crash(who)
        with mock.patch.object(reading, "boot", lambda: "the next one"):
            recovery.take_over()

    @rule(minutes=st.integers(1, 90))
    def the_clock_jumps(self, minutes: int) -> None:
        """What is put off falls due; nothing else may come of it."""
        self.later += timedelta(minutes=minutes)
        retrying.collect_due(timezone.now() + self.later)
        Chunk.objects.filter(state=Chunk.State.READY).update(wave=timezone.now())

    @rule(pause=st.booleans())
    def pause_or_resume(self, pause: bool) -> None:
        with contextlib.suppress(transitions.Refused):
            (transitions.pause if pause else transitions.resume)(self.edition.pk, by="Ada")

    # --- what must always hold ----------------------------------------------------------------------------------
    def held(self) -> list[Claim]:
        rows = Chunk.objects.filter(state=Chunk.State.CLAIMED).values_list("id", "fence", "edition_id")
        return [Claim(*row, self.edition.content_hash) for row in rows]

    @invariant()
    def everybody_is_somewhere(self) -> None:
        if not hasattr(self, "edition"):
            return
        sums = count_outcomes(self.edition)
        assert sums.accounted_for == sums.candidates == RECIPIENTS, sums
        for chunk in Chunk.objects.filter(edition=self.edition):
            rows = Counter(chunk.deliveries.values_list("outcome", flat=True))
            assert {o.value: rows[o] for o in COUNTED} == {o.value: getattr(chunk, o) for o in COUNTED}
            assert chunk.settled <= chunk.handed_to <= chunk.n

    @invariant()
    def nobody_twice(self) -> None:
        if hasattr(self, "judge"):
            assert not [who for who, copies in self.judge.items() if copies > 1], self.judge

    @invariant()
    def accepted_was_taken(self) -> None:
        if hasattr(self, "judge"):
            accepted = Delivery.objects.filter(edition=self.edition, outcome=Outcome.ACCEPTED)
            assert all(self.judge[who] == 1 for who in accepted.values_list("subscriber_id", flat=True))

    def finish(self) -> None:
        """Everything goes on undisturbed: then nobody may be left over, and who was taken without a word is named."""
        with contextlib.suppress(transitions.Refused):
            transitions.resume(self.edition.pk, by="Ada")
        for _ in range(60):
            recovery.take_over()
            self.the_clock_jumps(30)
            for process in self.processes:
                wire = process.wire
                process.sender.step()
                while wire.queue:
                    wire.begin()
                while wire.begun:
                    wire.write("accepted")
                while wire.written:
                    wire.answer(0)
                process.sender.wind_up()
            reconciling.reconcile(timezone.now())
            if Edition.objects.get(pk=self.edition.pk).status == Edition.Status.SENT:
                break
        self.everybody_is_somewhere()
        self.nobody_twice()
        sums: Any = count_outcomes(self.edition)
        assert Edition.objects.get(pk=self.edition.pk).status == Edition.Status.SENT, sums
        assert sums.accepted + sums.rejected + sums.in_doubt == RECIPIENTS, sums
        untold = set(self.judge) - set(
            Delivery.objects.filter(outcome__in=[Outcome.ACCEPTED, Outcome.IN_DOUBT]).values_list(
                "subscriber_id", flat=True
            )
        )
        assert not untold, "somebody has it, and the ledger says neither that nor that it is in doubt"


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_nobody_twice_and_nobody_lost_whatever_happens() -> None:
    examples = int(os.environ.get("IRIA_RULE_EXAMPLES", "20"))
    assert settings.LEASE_SECONDS > 0
    run_state_machine_as_test(
        HandOutRule,
        settings=hypothesis_settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=bool(os.environ.get("CI")),
            suppress_health_check=list(HealthCheck),
        ),
    )
