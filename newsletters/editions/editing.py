"""Work on a draft: saved whole or refused, undone, redone, gone back to.

A save names the revision that it was made from. Of two editors the second gets `Conflict`, and nothing is overwritten.
Every save is kept as a revision (newsletters.editions.history), so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletters.blocks.registry import is_known
from newsletters.editions import history
from newsletters.editions.drafts import COLUMNS, Block, Draft, draft_of, still_there
from newsletters.editions.transitions import Conflict, Refused
from newsletters.models import Edition, EditionItem

_Target = Callable[[Edition], history.UndoStep | None]


class NothingThere(Refused):
    """There is nothing to undo or to redo."""


def save(edition_id: int, draft: Draft, *, revision: int, by: str = "", user: User | None = None) -> Edition:
    """Save the editor's work, of `user`, who is shown as `by`. What is saved already makes no new revision.

    Raises `Conflict` when somebody saved since `revision` was read (then nothing is changed), `Refused` when the
    edition is no draft any more, or when a block is added of a kind that doesn't exist.
    """
    with transaction.atomic():
        edition = _locked(edition_id)
        before = draft_of(edition)
        if before == draft:  # also when the answer to a save was lost, and the page sends the same again
            return edition
        _must_be(edition, revision)
        _must_know_new_kinds(before, draft)
        history.begin(edition, before.to_json())
        _write(edition, draft)
        history.saved(edition, draft.to_json(), by=by, user=user)
    return edition


def _must_know_new_kinds(before: Draft, draft: Draft) -> None:
    """What is there of a kind that was removed since may stay: its words are the editor's."""
    for name in {block.kind for block in draft.blocks} - {block.kind for block in before.blocks}:
        if not is_known(name):
            raise Refused(f"There is no kind of block called “{name[:30]}”.")


def reword(
    edition: Edition,
    *,
    subject: str | None = None,
    preheader: str | None = None,
    introduction: str | None = None,
    by: str = "",
    user: User | None = None,
) -> Edition:
    """Save what is there with these words instead, for programs."""
    words = {"subject": subject, "preheader": preheader, "introduction": introduction}
    changed: dict[str, Any] = {name: text for name, text in words.items() if text is not None}
    return save(edition.pk, replace(draft_of(edition), **changed), revision=edition.revision, by=by, user=user)


def go_back(edition_id: int, number: int, *, revision: int, by: str = "", user: User | None = None) -> Edition:
    """What revision `number` said, as a new revision. Raises `Conflict` and `Refused` as `save` does."""
    with transaction.atomic():
        edition = _taken(edition_id, revision)
        found = edition.revisions.filter(number=number).first()
        if found is None:
            raise Refused(f"Revision {number} of this edition is no longer available.")
        before = draft_of(edition)
        history.begin(edition, before.to_json())
        draft = still_there(Draft.from_json(found.draft))
        _write(edition, draft)
        history.saved(edition, draft.to_json(), by=by, user=user)
    return edition


def undo(edition_id: int, *, revision: int, by: str = "", user: User | None = None) -> Edition:
    """Back to what it said before the last change. Raises `NothingThere`."""
    return _step(edition_id, revision, history.to_undo, "Nothing to undo.", by=by, user=user)


def redo(edition_id: int, *, revision: int, by: str = "", user: User | None = None) -> Edition:
    """What the last undo took back. Raises `NothingThere`."""
    return _step(edition_id, revision, history.to_redo, "Nothing to redo.", by=by, user=user)


def _step(edition_id: int, revision: int, target: _Target, otherwise: str, *, by: str, user: User | None) -> Edition:
    with transaction.atomic():
        edition = _taken(edition_id, revision)
        step = target(edition)
        if step is None:
            raise NothingThere(otherwise)
        draft = still_there(Draft.from_json(step.draft))
        _write(edition, draft)
        history.stepped(edition, replace(step, draft=draft.to_json()), by=by, user=user)
    return edition


def _taken(edition_id: int, revision: int) -> Edition:
    """The draft, locked until the end of the transaction. Raises `Conflict` and `Refused`."""
    edition = _locked(edition_id)
    _must_be(edition, revision)
    return edition


def _locked(edition_id: int) -> Edition:
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    if edition.status != Edition.Status.DRAFT:
        raise Refused(f"This edition is “{edition.get_status_display()}”, so you can no longer change it.")
    return edition


def _must_be(edition: Edition, revision: int) -> None:
    if edition.revision != revision:
        raise Conflict("Someone else saved this edition while you were working on it.")


def _write(edition: Edition, draft: Draft) -> None:
    moved = Edition.objects.filter(
        pk=edition.pk, status=Edition.Status.DRAFT, revision=edition.revision
    ).update(
        revision=F("revision") + 1,
        updated_at=timezone.now(),
        subject=draft.subject,
        preheader=draft.preheader,
        introduction=draft.introduction,
        include_segments=list(draft.include_segments),
        exclude_segments=list(draft.exclude_segments),
    )  # fmt: skip
    if not moved:  # SQLite locks no row: the transaction that came first has moved it
        raise Conflict("Someone else saved this edition while you were working on it.")
    set_blocks(edition, draft.blocks)
    edition.refresh_from_db()


def set_blocks(edition: Edition, blocks: Sequence[Block]) -> None:
    """Within a transaction: these blocks and no others. Of an article that comes twice, the first stays."""
    edition.items.all().delete()
    seen: set[int] = set()
    rows: list[EditionItem] = []
    for block in blocks:
        if block.article_id is not None and block.article_id in seen:
            continue
        if block.article_id is not None:
            seen.add(block.article_id)
        rows.append(EditionItem(edition=edition, position=len(rows) + 1, **{c: getattr(block, c) for c in COLUMNS}))
    EditionItem.objects.bulk_create(rows)
