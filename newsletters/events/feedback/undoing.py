"""What an event did is taken back: by staff, of an address, or of one event that is read as something else now.

An address gets mail again only if nothing that stands keeps it suppressed.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletters.events.feedback.scores import LIMITS, bounces_too_often
from newsletters.models import Feedback
from subscribers import suppression
from subscribers.models import Suppression

Effect = Feedback.Effect
Kind = Feedback.Kind
Reason = Suppression.Reason
UNDONE_BY_RELEASE = (Effect.SUPPRESSED, Effect.COUNTED)


class CantUndo(Exception):
    """The message says why, for staff."""


def may_be_undone(feedback: Feedback) -> bool:
    return feedback.effect in UNDONE_BY_RELEASE and feedback.undone_at is None and bool(feedback.address_hash)


def undo(feedback_id: int, *, note: str, by: str) -> bool:
    """Whether the address was released; False where it wasn't suppressed, or stays so. All bounces of the address so
    far are undone with this one, since they led here together. A complaint is undone by its own row alone. Raises
    `CantUndo`."""
    with transaction.atomic():
        feedback = Feedback.objects.select_for_update().get(pk=feedback_id)
        if not may_be_undone(feedback):
            raise CantUndo("This was undone before, or there is nothing to undo.")
        rows = _standing(feedback.address_hash).select_for_update()
        complaints = rows.filter(kind=Kind.COMPLAINT)
        is_complaint = feedback.kind == Kind.COMPLAINT
        if not is_complaint and complaints.exists():
            raise CantUndo("Somebody at this address also reported an email as spam. Undo that first.")
        undone = complaints if is_complaint else rows.exclude(kind=Kind.COMPLAINT)
        _mark(undone, note=note, by=by)
        return _release_unless_something_stands(feedback.address_hash, complaint=is_complaint, note=note, by=by)


def take_back(feedback: Feedback, *, note: str, by: str) -> bool:
    """This one event alone did wrong. Whether the address was released. Within a transaction of the caller's."""
    if not may_be_undone(feedback):
        return False
    _mark(Feedback.objects.filter(pk=feedback.pk), note=note, by=by)
    is_complaint = feedback.kind == Kind.COMPLAINT
    return _release_unless_something_stands(feedback.address_hash, complaint=is_complaint, note=note, by=by)


def _standing(address_hash: str) -> QuerySet[Feedback]:
    return Feedback.objects.filter(address_hash=address_hash, undone_at=None)


def _mark(rows: QuerySet[Feedback], *, note: str, by: str) -> None:
    rows.update(undone_at=timezone.now(), undone_by=by[:150], undone_note=note[:500])


def _release_unless_something_stands(address_hash: str, *, complaint: bool, note: str, by: str) -> bool:
    """A complaint that staff or a file brought has no event, so undoing a bounce never touches one."""
    reasons = [Reason.COMPLAINT] if complaint else [Reason.BOUNCE]
    entry = Suppression.objects.filter(address_hash=address_hash, reason__in=reasons).first()
    if entry is None or (complaint and _standing(address_hash).filter(kind=Kind.COMPLAINT).exists()):
        return False
    if _bounces_stand(address_hash):
        Suppression.objects.filter(pk=entry.pk).update(reason=Reason.BOUNCE)
        return False
    return suppression.release_entry(entry, note=note, by=by)


def _bounces_stand(address_hash: str) -> bool:
    if _standing(address_hash).filter(kind=Kind.HARD, effect=Effect.SUPPRESSED).exists():
        return True
    return any(bounces_too_often(address_hash, kind) for kind in LIMITS)
