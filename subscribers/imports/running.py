"""From a file to people, in batches. The only place where an import's state changes.

Each batch is one transaction that holds the import's row: it reads where the last one ended, decides about the next
rows, writes them and moves the cursor. Killed at any point it has happened or it has not, and the next process begins
behind it; two workers at once do nothing twice. Those who left, bounced or complained come first.

Batches are short, and on SQLite there is a pause after each, so that sign-ups don't wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lib import lock_waits
from lib.collecting import rare_collections
from lib.signs_of_life import Say
from subscribers import suppression
from subscribers.bulk_rows import roomy_cache
from subscribers.imports import keeping, writing
from subscribers.imports.counting import Counts
from subscribers.imports.deciding import Decider
from subscribers.imports.files.tables import UnreadableFile
from subscribers.imports.known_people import Known
from subscribers.imports.options import ImportOptions, Targets
from subscribers.imports.reading import PeopleFile, open_people
from subscribers.imports.staging import Staged, StagedRows, open_staged, stage
from subscribers.models import Import
from subscribers.tokens import key_hasher

logger = logging.getLogger(__name__)

BATCH = {"sqlite": 1000, "postgresql": 5000}  # rows
PAUSE_SECONDS = {"sqlite": 0.006, "postgresql": 0.0}
MOST_FAILURES = 3
TRIES = 5  # of a batch: somebody may sign up with one of its addresses between our look and our writing
State = Import.State


def begin(name: str, options: ImportOptions, *, by: str) -> Import:
    return Import.objects.create(name=name[:255], options=options.packed(), by=by[:150])


# --- The dry run --------------------------------------------------------------------------------------------------


def plan(rows: StagedRows, options: ImportOptions, name: str, *, total: int = 0, say: Say | None = None) -> Counts:
    """What an import of these rows would do now. Changes nothing."""
    decider = Decider(options, Targets(options), name, timezone.now())
    hash_of, size = key_hasher(), BATCH[connection.vendor]
    counts, done = Counts(), 0
    for passed in (0, 1):
        after = 0
        while batch := rows.batch(passed, after, size):
            with rare_collections():
                known = Known(batch, hash_of, lock=False, tags=bool(options.tags))
                decided = decider.decide(batch, known)
            counts.add(decided.counts)
            after, done = batch[-1].number, done + len(batch)
            if say is not None:
                say(done, total)
    return counts


def report_of(staged: Staged, counts: Counts) -> dict[str, object]:
    """The counts of a dry run or of an import, with those of the file."""
    return {
        "rows": staged.people + staged.refused + staged.repeated, **counts.packed(), "refused": staged.refused,
        "refused_reasons": staged.reasons, "repeated": staged.repeated,
    }  # fmt: skip


def stage_people(people: PeopleFile, scratch: Path, say: Say | None = None) -> Staged:
    with rare_collections():
        return stage(scratch, people.rows(), (lambda read: say(read, 0)) if say else None)


def check(of: Import, say: Say | None = None) -> None:
    """Read the file and find out what its import would do. Raises `UnreadableFile`."""
    options = ImportOptions.unpacked(of.options)
    staged = _stage_anew(of, options, say)
    with open_staged(keeping.scratch_of(of)) as rows:
        counts = plan(rows, options, of.name, total=staged.people, say=say)
    Import.objects.filter(pk=of.pk, state__in=[State.UPLOADED, State.CHECKING]).update(
        plan=report_of(staged, counts), rows=staged.people, state=State.CHECKED, claimed_at=None
    )
    of.refresh_from_db()


def _stage_anew(of: Import, options: ImportOptions, say: Say | None) -> Staged:
    people = open_people(keeping.file_of(of), of.name, options.mapping)
    return stage_people(people, keeping.scratch_of(of), say)


# --- The import ---------------------------------------------------------------------------------------------------


class CannotStart(RuntimeError):
    """The import isn't in a state in which this can be done; the message says so."""


def start(of: Import, *, claimed: bool = False) -> None:
    """From now on workers import it; when it is `claimed`, the caller does, and workers if the caller dies. Raises
    `CannotStart`."""
    startable = [State.UPLOADED, State.CHECKED, State.STOPPED]
    now = timezone.now()
    options = ImportOptions.unpacked(of.options)
    asks = 0 if options.consent == Import.Consent.CONFIRM else None
    changed = Import.objects.filter(pk=of.pk, state__in=startable).update(
        state=State.RUNNING, wants_stop=False, trouble="", failures=0, claimed_at=now if claimed else None
    )
    if not changed:
        raise CannotStart(_("This import has already been started, or can't be started now."))
    Import.objects.filter(pk=of.pk, started_at=None).update(started_at=now, confirmed_to=asks)
    of.refresh_from_db()


def stop(of: Import) -> None:
    """After the batch that is being written. It can be started again later, and goes on."""
    Import.objects.filter(pk=of.pk, state=State.RUNNING).update(wants_stop=True)


def run(import_id: int, *, until: Callable[[], bool] = lambda: False, say: Say | None = None) -> bool:
    """Import what is left, or as far as `until` lets it. True when there is more to do."""
    of = Import.objects.get(pk=import_id)
    if of.state != State.RUNNING:
        return False
    try:
        if not of.plan or not keeping.scratch_of(of).exists():
            _prepare(of, say)
        more = _run(of, until, say)
    except UnreadableFile as problem:
        fail(of, str(problem))
        return False
    if not more:
        logger.info("Import %s: %s", of.pk, Import.objects.values_list("state", flat=True).get(pk=of.pk))
    return more


def _prepare(of: Import, say: Say | None) -> None:
    """The rows, when there was no dry run or they were lost. Staging the same file gives the same rows again."""
    staged = _stage_anew(of, ImportOptions.unpacked(of.options), say)
    of.plan, of.rows = of.plan or report_of(staged, Counts()), staged.people
    of.save(update_fields=["plan", "rows"])


def _run(of: Import, until: Callable[[], bool], say: Say | None) -> bool:
    size, pause = BATCH[connection.vendor], PAUSE_SECONDS[connection.vendor]
    options = ImportOptions.unpacked(of.options)
    decider = Decider(options, Targets(options), of.name, timezone.now())
    hash_of = key_hasher()
    with open_staged(keeping.scratch_of(of)) as rows, roomy_cache(), rare_collections():
        while not until():
            if not _one_batch(of, rows, decider, hash_of, size):
                return False
            if say is not None:
                say(of.done, of.rows)
            time.sleep(pause)
    return True


def _one_batch(of: Import, rows: StagedRows, decider: Decider, hash_of: Callable[[str], str], size: int) -> bool:
    """False when nothing is left, or somebody stopped it."""
    for attempt in range(1, TRIES):
        try:
            return _write_batch(of, rows, decider, hash_of, size)
        except IntegrityError:
            # Somebody signed up with one of these addresses after we looked and before we wrote: look again.
            continue
        except OperationalError as problem:
            if not lock_waits.was_in_the_way(problem):
                raise
            lock_waits.pause_before(attempt)
    return _write_batch(of, rows, decider, hash_of, size)


def _write_batch(of: Import, rows: StagedRows, decider: Decider, hash_of: Callable[[str], str], size: int) -> bool:
    with transaction.atomic():
        lock_waits.wait_for_nobody_long()  # so it is the import that gives way, not the reader or the staff
        held = Import.objects.select_for_update().get(pk=of.pk)
        if held.state != State.RUNNING:
            return False
        now = timezone.now()
        if held.wants_stop:
            Import.objects.filter(pk=of.pk).update(state=State.STOPPED, claimed_at=None)
            return False
        batch = rows.batch(held.passed, held.cursor, size)
        if not batch and held.passed == 0:
            Import.objects.filter(pk=of.pk).update(passed=1, cursor=0)
            return True
        if not batch:
            Import.objects.filter(pk=of.pk).update(state=State.DONE, finished_at=now, claimed_at=None)
            return False
        decider.now = now
        suppression.hold_still()
        known = Known(batch, hash_of, lock=True, tags=bool(decider.options.tags))
        decided = decider.decide(batch, known)
        if decided.decisions or decided.newcomers:
            writing.write(decided, known, held, decider)
        counts = Counts.unpacked(held.counts)
        counts.add(decided.counts)
        done = held.done + len(batch)
        Import.objects.filter(pk=of.pk).update(
            cursor=batch[-1].number, counts=counts.packed(), done=done, failures=0, claimed_at=now
        )
    of.done = done
    return True


def count_failure(of: Import, problem: Exception) -> None:
    """An error that nobody foresaw. After several without a batch in between the import is stopped: staff resume it
    when the cause is gone, or undo it. One that was being undone can only be undone further."""
    failures = Import.objects.values_list("failures", flat=True).get(pk=of.pk) + 1
    changes: dict[str, object] = {"failures": failures}
    if failures >= MOST_FAILURES:
        if of.state == State.UNDOING:
            words = _("Undo stopped after %(tries)s tries: an unexpected error (%(error)s). The rest isn't undone yet.")
        else:
            words = _("Stopped after %(tries)s tries: an unexpected error (%(error)s). What was imported so far stays.")
        error = f"{type(problem).__name__}: {problem}"[:300]
        stopped = State.PARTLY_UNDONE if of.state == State.UNDOING else State.STOPPED
        changes |= {"state": stopped, "trouble": words % {"tries": failures, "error": error}}
    Import.objects.filter(pk=of.pk, state__in=[State.RUNNING, State.UNDOING]).update(**changes)


def fail(of: Import, why: str) -> None:
    Import.objects.filter(pk=of.pk).update(state=State.FAILED, trouble=why[:500], claimed_at=None)
    logger.warning("Import %s can't be read", of.pk)
