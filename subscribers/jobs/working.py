"""From the button to the last person, in batches; and back.

Each batch is one transaction that holds the job's row: it takes the next people above the cursor, changes them, notes
what undoing needs and moves the cursor. Killed at any point it has happened or it has not, and who goes on begins
behind it; two workers at once do nothing twice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from subscribers.jobs.actions import DEEDS
from subscribers.jobs.selecting import people_of
from subscribers.models import BulkJob, Subscriber

logger = logging.getLogger(__name__)

BATCH = 200  # people: short enough that sign-ups don't wait
CLAIMED = timedelta(seconds=60)
State = BulkJob.State
AT_WORK = (State.RUNNING, State.UNDOING)


def begin(action: str, options: dict[str, Any], selection: dict[str, Any], *, by: str) -> BulkJob:
    """From now on workers do it."""
    people = people_of(selection)
    return BulkJob.objects.create(
        action=action, options=options, selection=selection, by=by[:150], total=people.count(),
        last=people.aggregate(last=Max("pk"))["last"] or 0,
    )  # fmt: skip


def stop(job: BulkJob) -> bool:
    """After the batch that is being done. Starting again goes on from there."""
    return _change_state(job, (State.RUNNING,), State.STOPPED)


def go_on(job: BulkJob) -> bool:
    return _change_state(job, (State.STOPPED, State.FAILED), State.RUNNING)


def start_undoing(job: BulkJob) -> bool:
    return job.can_be_undone and _change_state(job, (State.DONE, State.STOPPED, State.FAILED), State.UNDOING)


def _change_state(job: BulkJob, before: tuple[State, ...], after: State) -> bool:
    changed = BulkJob.objects.filter(pk=job.pk, state__in=before).update(state=after, trouble="", claimed_at=None)
    job.refresh_from_db()
    return bool(changed)


# --- The worker's part ------------------------------------------------------------------------------------------
def _unclaimed() -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIMED)


def waiting() -> list[int]:
    """The jobs that have work, and nobody who does it."""
    return list(BulkJob.objects.filter(_unclaimed(), state__in=AT_WORK).order_by("pk").values_list("pk", flat=True))


def work_on(job_id: int, *, until: Callable[[], bool]) -> bool:
    """Do what is to be done, as far as `until` lets it. True when there is more."""
    if not BulkJob.objects.filter(_unclaimed(), pk=job_id, state__in=AT_WORK).update(claimed_at=timezone.now()):
        return False
    try:
        while more := _one_batch(job_id):
            BulkJob.objects.filter(pk=job_id).update(claimed_at=timezone.now())
            if until():
                break
    except Exception as problem:
        logger.exception("Bulk job %s failed", job_id)
        words = f"{type(problem).__name__}: {problem}"[:500]
        BulkJob.objects.filter(pk=job_id).update(state=State.FAILED, trouble=words)
        return False
    finally:
        BulkJob.objects.filter(pk=job_id).update(claimed_at=None)
    return more


def _one_batch(job_id: int) -> bool:
    with transaction.atomic():
        job = BulkJob.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            return False
        if job.state == State.RUNNING:
            return _do_batch(job)
        return job.state == State.UNDOING and _undo_batch(job)


def _do_batch(job: BulkJob) -> bool:
    ahead = people_of(job.selection).filter(pk__gt=job.cursor, pk__lte=job.last).order_by("pk")
    numbers = list(ahead.values_list("pk", flat=True)[:BATCH])
    people = list(Subscriber.objects.select_for_update().filter(pk__in=numbers).order_by("pk"))
    if job.selection.get("rule") is not None:
        # Who changed their subscriptions before we held their rows isn't meant any more, and who does it now waits for
        # us. A click that is counted from here on comes too late: counting takes no lock.
        meant = set(ahead.filter(pk__in=numbers).values_list("pk", flat=True))
        people = [person for person in people if person.pk in meant]
    if numbers:
        job.cursor = numbers[-1]
        job.done += len(numbers)
    if people:
        do, _undo = DEEDS[job.action]
        outcome = do(job, people)
        if outcome.changes and job.action != BulkJob.Action.ERASE:
            job.batches.create(changes=outcome.changes)
        job.changed += len(outcome.changes)
        job.left_out = dict(Counter(job.left_out) + outcome.left_out)
    if len(numbers) < BATCH:
        job.state, job.finished_at = State.DONE, timezone.now()
    job.save()
    return job.state == State.RUNNING


def _undo_batch(job: BulkJob) -> bool:
    """The last batch first."""
    batch = job.batches.first()
    _do, undo = DEEDS[job.action]
    if batch is not None and undo is not None:
        undo(job, batch.changes)
        job.changed -= len(batch.changes)
        batch.delete()
    else:
        job.state, job.finished_at = State.UNDONE, timezone.now()
    job.save()
    return job.state == State.UNDOING
