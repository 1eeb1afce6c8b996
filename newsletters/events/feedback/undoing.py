"""Staff take back what an event did: the address gets mail again, and the bounces so far no longer count."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from newsletters.models import Feedback
from subscribers import suppression
from subscribers.models import Suppression

Effect = Feedback.Effect
UNDONE_BY_RELEASE = (Effect.SUPPRESSED, Effect.COUNTED)


class CantUndo(Exception):
    """The message says why, for staff."""


def may_be_undone(feedback: Feedback) -> bool:
    return feedback.effect in UNDONE_BY_RELEASE and feedback.undone_at is None and bool(feedback.address_hash)


def undo(feedback_id: int, *, note: str, by: str) -> bool:
    """Whether the address was released; False where it wasn't suppressed because of a bounce or complaint. All bounces
    of the address so far are undone with it, since they led here together. A complaint is undone by its own row alone.
    Raises `CantUndo`."""
    with transaction.atomic():
        feedback = Feedback.objects.select_for_update().get(pk=feedback_id)
        if not may_be_undone(feedback):
            raise CantUndo("This was undone before, or there is nothing to undo.")
        rows = Feedback.objects.select_for_update().filter(address_hash=feedback.address_hash, undone_at=None)
        is_complaint = feedback.kind == Feedback.Kind.COMPLAINT
        complaints = rows.filter(kind=Feedback.Kind.COMPLAINT)
        if not is_complaint and complaints.exists():
            raise CantUndo("Somebody at this address also reported an email as spam. Undo that first.")
        undone = complaints if is_complaint else rows.exclude(kind=Feedback.Kind.COMPLAINT)
        undone.update(undone_at=timezone.now(), undone_by=by[:150], undone_note=note[:500])
        entry = Suppression.objects.filter(
            address_hash=feedback.address_hash, reason__in=[Suppression.Reason.BOUNCE, Suppression.Reason.COMPLAINT]
        ).first()
        return entry is not None and suppression.release_entry(entry, note=note, by=by)
