"""What an edition said before: every save of a draft, to undo, to redo, and to go back to.

A revision's `state` is what it says: its own number, or, after an undo or redo, the number of the older revision whose
words it repeats. `before` is the state that it was made from, so undoing follows what was really before, also across
other undos; `undone` is the state that redo brings back. Nothing here ever changes a revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from newsletters.models import Edition, EditionRevision

KEPT = 200  # revisions of an edition; older ones thin out
THINNED = 600  # seconds: of those older ones, the last of each such span stays


@dataclass(frozen=True, slots=True)
class UndoStep:
    """Where undo or redo leads."""

    draft: dict[str, Any]
    state: int
    undone: int | None


def begin(edition: Edition, draft: dict[str, Any]) -> None:
    """Keep what is there, where it is not what was kept last: a draft that the rule or a program made."""
    last = _latest(edition)
    if last is None or (last.draft != draft and last.number != edition.revision):
        before = last.state if last else None
        _store_revision(edition, draft, state=edition.revision, before=before, undone=None, by="")


def saved(edition: Edition, draft: dict[str, Any], *, by: str, user: User | None = None) -> None:
    """Keep what was saved just now, as `edition.revision`; made from the revision before."""
    before = _latest(edition)
    _store_revision(
        edition, draft, state=edition.revision, before=before.state if before else None, undone=None, by=by, user=user
    )


def stepped(edition: Edition, step: UndoStep, *, by: str, user: User | None = None) -> None:
    """Keep that `edition.revision` repeats an older one."""
    older = _says(edition, step.state)
    _store_revision(
        edition, step.draft, state=step.state, before=older.before if older else None, undone=step.undone, by=by,
        user=user,
    )  # fmt: skip


def possible_steps(edition: Edition) -> tuple[bool, bool]:
    """Is there something to undo, and something to redo? One query."""
    older = EditionRevision.objects.filter(edition=edition)
    now = edition.revisions.filter(number__lte=edition.revision).order_by("-number")
    found = now.values_list(
        Exists(older.filter(state=OuterRef("before"))), Exists(older.filter(state=OuterRef("undone")))
    ).first()
    return (bool(found[0]), bool(found[1])) if found else (False, False)


def to_undo(edition: Edition) -> UndoStep | None:
    """What it said before the last change; None when that is not kept."""
    now = _latest(edition)
    older = _says(edition, now.before) if now and now.before is not None else None
    return UndoStep(older.draft, older.state, now.state) if now and older else None


def to_redo(edition: Edition) -> UndoStep | None:
    """What the last undo took back; None when something was changed since."""
    now = _latest(edition)
    again = _says(edition, now.undone) if now and now.undone is not None else None
    if again is None:
        return None
    # Where several were undone one after another, the next redo goes on towards the newest.
    on = edition.revisions.filter(state=again.state, undone__isnull=False).order_by("-number").first()
    return UndoStep(again.draft, again.state, on.undone if on else None)


def _latest(edition: Edition) -> EditionRevision | None:
    return edition.revisions.filter(number__lte=edition.revision).order_by("-number").first()


def _says(edition: Edition, state: int) -> EditionRevision | None:
    return edition.revisions.filter(state=state).order_by("number").first()


def _store_revision(
    edition: Edition,
    draft: dict[str, Any],
    *,
    state: int,
    before: int | None,
    undone: int | None,
    by: str,
    user: User | None = None,
) -> None:
    EditionRevision.objects.create(
        edition=edition, number=edition.revision, draft=draft, state=state, before=before, undone=undone,
        saved_by=by[:150], saved_by_user=user,
    )  # fmt: skip
    _thin_out(edition)


def _thin_out(edition: Edition) -> None:
    """Hours of saving by itself neither push out yesterday's text nor who wrote it: of what is older than the newest
    `KEPT`, the last of every ten minutes stays, what it began with, and the newest of each person: approving asks."""
    if edition.revision <= KEPT:
        return
    seen: set[int | str] = set()
    spans: set[int] = set()
    going: list[int] = []
    rows = edition.revisions.order_by("-number").values_list("number", "saved_at", "saved_by_user_id", "saved_by")
    for number, saved_at, user_id, name in rows:
        person, span = user_id or name, int(saved_at.timestamp()) // THINNED
        if number <= edition.revision - KEPT:
            if person in seen and span in spans:
                going.append(number)
            spans.add(span)
        seen.add(person)
    if going:
        edition.revisions.filter(number__in=going).delete()
