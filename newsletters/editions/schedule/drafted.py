"""Editions that the schedule drafts ahead of their date: who is told, how one is skipped, and what happens at the date
when nobody has said a word.

`Occurrence.draft_revision` is the draft as the schedule made it, and None once that is settled: it was skipped, or the
date has come.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from mail.outbox.kinds import MessageKind
from mail.outbox.posting import post
from newsletters.editions import transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.schedule.draft_messages import EDITION_DRAFTED, EDITION_KEPT_BACK, DraftedContext
from newsletters.editions.schedule.moments import moment_of
from newsletters.models import Edition, Newsletter, Occurrence

logger = logging.getLogger(__name__)
MOST_TOLD = 50


def tell_senders(occurrence: Occurrence) -> int:
    """Post a message to each who may send and has an address, in the transaction of who calls. How many."""
    return _tell(EDITION_DRAFTED, occurrence)


def _tell(kind: MessageKind[DraftedContext], occurrence: Occurrence) -> int:
    may_send = User.objects.with_perm("newsletters.send_edition", backend="django.contrib.auth.backends.ModelBackend")
    people = may_send.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")[:MOST_TOLD]
    for user in people:
        post(kind, user.email, DraftedContext(occurrence.pk, user.pk))
    return len(people)


def waits(newsletter: Newsletter) -> bool:
    """Whether a draft of this newsletter waits for its date."""
    return newsletter.occurrences.filter(draft_revision__isnull=False).exists()


def awaiting(edition: Edition) -> Occurrence | None:
    """The date for which the schedule drafted it, while that is still to come and nobody has skipped it."""
    if edition.occurrence_id is None or edition.status != Edition.Status.DRAFT:
        return None
    return Occurrence.objects.filter(pk=edition.occurrence_id, draft_revision__isnull=False).first()


def skip(edition: Edition, *, by: str, fingerprint: str) -> bool:
    """Nothing goes out at its date. The draft is deleted where nobody has worked on it, else it stays. Whether it was
    deleted. Raises transitions.Refused, also where it has changed since the person saw it."""
    with transaction.atomic():
        waiting = Occurrence.objects.select_for_update().filter(draft_revision__isnull=False)
        occurrence = waiting.filter(pk=edition.occurrence_id or 0).first()
        draft = Edition.objects.select_for_update().filter(pk=edition.pk, status=Edition.Status.DRAFT).first()
        if occurrence is None or draft is None:
            raise transitions.Refused(_("It was sent or skipped before, or its date has passed."))
        if LoadedEdition(draft).fingerprint != fingerprint:
            raise transitions.Conflict(_("It has changed since you opened this page. Check it again."))
        untouched = _is_untouched(draft, occurrence)
        _settle(occurrence, Occurrence.State.SKIPPED, _("Skipped by %s.") % by)
        if untouched:
            draft.delete()
    return untouched


def settle_due(now: datetime) -> int:
    """What was drafted ahead and whose date has come: it goes, waits or is dropped. How many."""
    due = Occurrence.objects.filter(draft_revision__isnull=False, due_at__lte=now)
    settled = 0
    for pk in due.values_list("pk", flat=True)[:100]:
        try:
            settled += _settle_one(pk, now)
        except Exception:
            # It is tried again at the next tick; the other newsletters must not wait for it.
            logger.exception("Scheduled date %s: the draft could not be sent or dropped", pk)
    return settled


def _settle_one(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = Occurrence.objects.select_for_update(of=("self",)).select_related("newsletter")
        occurrence = rows.filter(pk=pk, draft_revision__isnull=False).first()
        if occurrence is None:
            return False
        # Locked, or what somebody saves at this moment would be deleted with it.
        drafts = Edition.objects.select_for_update().filter(occurrence=occurrence, status=Edition.Status.DRAFT)
        edition = drafts.first()
        if edition is None:  # sent, or deleted
            _settle(occurrence)
        elif why := _why_not_any_more(occurrence):
            _keep_back(occurrence, why)
        elif occurrence.newsletter.mode == Newsletter.Mode.AUTOMATIC:
            _send(edition, occurrence, now)
        elif occurrence.newsletter.mode == Newsletter.Mode.DROP:
            _drop(edition, occurrence)
        else:
            _settle(occurrence)
    return True


def _send(edition: Edition, occurrence: Occurrence, now: datetime) -> None:
    if now - occurrence.due_at > timedelta(hours=settings.LATE_OCCURRENCE_HOURS):
        _keep_back(occurrence, "Iria was not running at that time.")
        return
    readers_have = Edition.objects.that_readers_have().filter(newsletter=edition.newsletter_id).exclude(pk=edition.pk)
    if readers_have.filter(items__article__in=edition.items.values("article")).exists():
        _keep_back(occurrence, "Another edition of this newsletter has had some of its articles since.")
        return
    try:
        send_by_schedule(edition)
    except transitions.Refused as refused:
        logger.warning("Edition %s stays a draft: %s", edition.pk, refused)
        _keep_back(occurrence, str(refused))
    else:
        _settle(occurrence)


def send_by_schedule(edition: Edition) -> None:
    """Raises transitions.Refused. The newsletter's rule has chosen the articles: a weekly digest repeats what a daily
    newsletter of the list had."""
    transitions.queue(edition.pk, revision=edition.revision, by=transitions.BY_SCHEDULE, repeats=None)


def _why_not_any_more(occurrence: Occurrence) -> str:
    """Why nothing is done at its date that the newsletter's mode says; empty where it is."""
    newsletter = occurrence.newsletter
    if not newsletter.is_active:
        return "The newsletter isn't active."
    moment = moment_of(newsletter, occurrence.local.date())
    if moment is None or moment.key != occurrence.nominal:
        return "The schedule was changed after it was drafted."
    return moment.skipped


def _keep_back(occurrence: Occurrence, why: str) -> None:
    """It stays a draft, and those who were told of it are told so."""
    _settle(occurrence, reason=f"Saved as a draft: {why}"[:200])
    if occurrence.newsletter.mode == Newsletter.Mode.AUTOMATIC:
        _tell(EDITION_KEPT_BACK, occurrence)


def _is_untouched(edition: Edition, occurrence: Occurrence) -> bool:
    """Whether nobody has saved anything, nor asked anybody to approve it."""
    return edition.revision == occurrence.draft_revision and not edition.approvals.exists()


def _drop(edition: Edition, occurrence: Occurrence) -> None:
    if not _is_untouched(edition, occurrence):
        _settle(occurrence, reason="Saved as a draft: somebody has worked on it.")
        return
    _settle(occurrence, Occurrence.State.SKIPPED, "Nobody sent the draft in time, so it was dropped.")
    edition.delete()


def _settle(occurrence: Occurrence, state: str = "", reason: str = "") -> None:
    occurrence.draft_revision = None
    occurrence.state = state or occurrence.state
    occurrence.reason = reason or occurrence.reason
    occurrence.save(update_fields=["draft_revision", "state", "reason"])
