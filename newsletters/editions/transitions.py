"""The only code that changes an edition's status.

    draft ──queue──► queued ──begin──► sending ◄──reopen, finish──► sent
      ▲                │                │   ▲
      └───undo_send────┘              pause resume       any of queued, sending, paused ──cancel──► cancelled
                                        ▼   │
                                       paused             draft ──cancel──► cancelled

Each is one compare-and-set on the status (and the revision, where content is fixed): of any number of presses exactly
one moves the edition, and the others are told who did. What cannot be done raises `Refused` with a sentence for the
person who asked, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format

from newsletters.editions import approval_state, preflight
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.numbering import EditionNumber
from newsletters.models import Edition, Occurrence
from newsletters.rendering.content import EditionContent, digest

Status = Edition.Status
BY_SCHEDULE = "The schedule"


class Refused(Exception):
    """It cannot be done; the message is a sentence for the person who asked."""


class AlreadyStarted(Refused):
    """Somebody else pressed Send before."""


class Conflict(Refused):
    """The edition was changed since the page was opened."""


class NotReady(Refused):
    """Preflight found something that blocks; `findings` says what and where."""

    def __init__(self, findings: list[preflight.Finding]) -> None:
        self.findings = findings
        super().__init__(" ".join(finding.message for finding in findings))


class NotApproved(Refused):
    """The newsletter asks for a second person, and nobody has approved what the edition says now."""


class RepeatsNotConfirmed(Refused):
    """Readers have had some of the articles, and nobody has confirmed that they get them again."""


def queue(
    edition_id: int,
    *,
    revision: int,
    by: str,
    send_at: datetime | None = None,
    window: timedelta = timedelta(0),
    fingerprint: str | None = None,
    repeats: str | None = "",
) -> Edition:
    """The press of Send: fix the content and hand the edition to the workers, now or at a time.

    `fingerprint` is of what the person saw: the revision says nothing of the articles, the sender and the list. For as
    long as `window` nothing begins, whatever workers and clocks do, and it can be called back. `repeats` is the token
    of the repeats that were confirmed; None where a rule has chosen the articles, and nobody is to confirm them. Raises
    `AlreadyStarted`, `Conflict`, `NotReady`, `NotApproved`, `RepeatsNotConfirmed`.
    """
    edition = _get(edition_id)
    _must_be_draft(edition)
    if edition.revision != revision:
        raise Conflict("This edition has changed since you opened it. Check it again before you send it.")
    now = timezone.now()
    if send_at is not None and send_at < now - timedelta(minutes=5):
        raise Refused("That time has passed. Choose a later one, or send the edition now.")
    earliest = now + window
    when = max(send_at, earliest) if send_at else earliest
    loaded = LoadedEdition(edition, at=when)
    content = loaded.content
    if fingerprint is not None and fingerprint != loaded.fingerprint:
        raise Conflict(
            "An article in this edition, or its newsletter's sender, list or design, has changed "
            "since you opened the page. Check it again before you send it."
        )
    if blocking := preflight.blocking(preflight.check_loaded(loaded)):
        raise NotReady(blocking)
    if not (stands := approval_state.read_approval_state(loaded)).may_go_out:
        raise NotApproved(stands.why_not)
    if repeats is not None and loaded.repeats and loaded.repeats.token != repeats:
        raise RepeatsNotConfirmed(f"{loaded.repeats.in_words} Confirm that it goes out anyway.")
    moved = _move(
        edition_id,
        [Status.DRAFT],
        Status.QUEUED,
        revision=revision,
        snapshot=content.to_json(),
        content_hash=digest(content),
        lifetime_hours=content.lifetime_hours,
        send_at=when,
        held_until=Now() + window if window and when == earliest else None,
        queued_at=now,
        queued_by=by[:150],
        trouble="",
    )
    edition = _get(edition_id)
    if not moved:
        _must_be_draft(edition)
        raise Conflict("This edition has just been changed. Check it again before you send it.")
    # Drafted ahead by the schedule, it is in a person's hands from now on: called back, it doesn't go by itself.
    Occurrence.objects.filter(pk=edition.occurrence_id or 0, draft_revision__isnull=False).update(draft_revision=None)
    return edition


def queue_digest(edition_id: int, content: EditionContent) -> None:
    """The same for a digest, which holds what was approved in its editions. Call it in the transaction that makes it.
    Raises `Refused` when it is no new digest."""
    now = timezone.now()
    moved = _move(
        edition_id, [Status.DRAFT], Status.QUEUED, ~Q(digest=""),
        snapshot=content.to_json(), content_hash=digest(content), lifetime_hours=content.lifetime_hours,
        send_at=now, queued_at=now, queued_by=BY_SCHEDULE,
    )  # fmt: skip
    if not moved:
        raise Refused("This digest was queued before.")


def undo_send(edition_id: int, *, by: str) -> Edition:
    """Back to draft, as long as nothing has begun to go out."""
    moved = _move(
        edition_id, [Status.QUEUED], Status.DRAFT,
        snapshot=None, content_hash="", send_at=None, held_until=None, queued_at=None, queued_by="", trouble="",
        number=None, slug=None, revision_up=True,
    )  # fmt: skip
    return _result(edition_id, moved, "You can undo sending only while an edition is waiting to be sent")


def release(edition_id: int, *, by: str) -> Edition:
    """The time to undo Send is not wanted: it may begin now."""
    moved = _move(
        edition_id, [Status.QUEUED], Status.QUEUED, Q(held_until__isnull=False), held_until=None, send_at=timezone.now()
    )
    return _result(edition_id, moved, "Only an edition in its undo window can be sent early")


def begin(
    edition_id: int,
    *,
    revision: int,
    candidates: int,
    number: EditionNumber,
    content: EditionContent,
    set_aside: int = 0,
) -> bool:
    """Queued → sending, within the transaction that freezes the audience; it gets its number, which `content` says.
    False: somebody else did, or it was called back meanwhile; then it may be queued again, but it says something else
    or goes at another time. Neither does it begin within the window in which it can be called back. Raises
    `IntegrityError` when another edition got the number first."""
    return _move(
        edition_id, [Status.QUEUED], Status.SENDING, Q(held_until__isnull=True) | Q(held_until__lte=Now()),
        revision=revision, frozen_at=timezone.now(), candidates=candidates, trouble="",
        set_aside=set_aside, number=number.number, slug=number.slug,
        snapshot=content.to_json(), content_hash=digest(content), tracking=content.tracking,
    )  # fmt: skip


def finish(edition_id: int, *, skipped: int) -> bool:
    """Sending → sent, by the reconcile, once everybody is settled; `skipped` by the ledger."""
    return _move(edition_id, [Status.SENDING], Status.SENT, finished_at=timezone.now(), trouble="", set_aside=skipped)


def reopen(edition_id: int) -> bool:
    """Sent → sending, within the transaction that retries somebody; the reconcile finishes it once more.
    False: it was not finished."""
    return _move(edition_id, [Status.SENT], Status.SENDING, finished_at=None)


def keep_as_sent(edition_id: int) -> bool:
    """Cancelled → sent, by the reconcile: everybody had been sent it once; only further tries were cancelled."""
    return _move(edition_id, [Status.CANCELLED], Status.SENT)


def pause(edition_id: int, *, by: str, why: str = "") -> Edition:
    reason = (why or f"Paused by {by}.")[:300]
    moved = _move(edition_id, [Status.SENDING], Status.PAUSED, paused_why=reason)
    return _result(edition_id, moved, "Only an edition that is being sent can be paused")


def resume(edition_id: int, *, by: str) -> Edition:
    moved = _move(edition_id, [Status.PAUSED], Status.SENDING, paused_why="", trouble="")
    return _result(edition_id, moved, "Only a paused edition can be resumed")


def cancel(edition_id: int, *, by: str) -> Edition:
    """For good: those not handed out by now get nothing. What was sent stays in the ledger."""
    moved = _move(
        edition_id,
        [Status.DRAFT, Status.QUEUED, Status.SENDING, Status.PAUSED],
        Status.CANCELLED,
        finished_at=timezone.now(),
        paused_why="",
        trouble="",
    )
    return _result(edition_id, moved, "This edition can no longer be cancelled")


def _move(
    edition_id: int,
    from_: Iterable[str],
    to: str,
    also: Q | None = None,
    *,
    revision: int | None = None,
    revision_up: bool = False,
    **values: Any,
) -> bool:
    """The one guarded place: true when this call moved the edition."""
    where = Edition.objects.filter(pk=edition_id, status__in=list(from_))
    if also is not None:
        where = where.filter(also)
    if revision is not None:
        where = where.filter(revision=revision)
    if revision_up:
        values["revision"] = models.F("revision") + 1
    with transaction.atomic():
        return where.update(status=to, updated_at=timezone.now(), **values) == 1


def _get(edition_id: int) -> Edition:
    try:
        return Edition.objects.select_related("newsletter__mailing_list", "newsletter__logo").get(pk=edition_id)
    except Edition.DoesNotExist:
        raise Refused(f"There is no edition with the id {edition_id}.") from None


def _must_be_draft(edition: Edition) -> None:
    if edition.status == Status.DRAFT:
        return
    if edition.status == Status.CANCELLED:
        raise Refused("This edition was cancelled. Copy it to send it again.")
    at = edition.queued_at or edition.updated_at
    local = at.astimezone(ZoneInfo(edition.newsletter.zone))
    when = f"{local:%H:%M} on {date_format(local, 'j F Y')} ({local:%Z})"
    raise AlreadyStarted(f"{edition.queued_by or 'Someone'} already sent this edition at {when}.")


def _result(edition_id: int, moved: bool, otherwise: str) -> Edition:
    edition = _get(edition_id)
    if not moved:
        raise Refused(f"{otherwise}; this one is “{edition.get_status_display()}”.")
    return edition
