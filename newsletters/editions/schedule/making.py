"""What happens at a newsletter's dates: an edition is made, or the date is recorded as skipped or missed.

One edition an occurrence: the row Occurrence(newsletter, nominal local time) is unique and outlives its edition, so any
number of beats may call `tick`. After downtime only the latest occurrence runs, and only if it is not too late;
the others are recorded as missed, for a person to decide. A date that falls on a holiday or that staff took out is
recorded as skipped, with the reason. A newsletter may have its editions drafted hours ahead: then the next date comes
that much earlier, one at a time, and `drafted` settles what becomes of the draft at the time itself.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from newsletters.editions import composing, transitions
from newsletters.editions.new_articles import find_new_articles
from newsletters.editions.preflight import inspecting
from newsletters.editions.schedule import drafted
from newsletters.editions.schedule.moments import Moment, moments
from newsletters.models import Edition, Newsletter, Occurrence, Picture

logger = logging.getLogger(__name__)
PICTURES_WAIT = timedelta(minutes=10)  # after which an edition is made without those that aren't ready


def tick(now: datetime) -> list[Occurrence]:
    """Settle what was drafted ahead, and make what is due. Returns the occurrences that this call recorded; may run any
    number of times at once."""
    drafted.settle_due(now)
    recorded: list[Occurrence] = []
    active = Newsletter.objects.filter(is_active=True, cadence_since__isnull=False)
    for newsletter in active.exclude(cadence=Newsletter.Cadence.NONE).prefetch_related("schedule_changes"):
        try:
            recorded += _make_due(newsletter, now)
        except Exception:
            # It is tried again at the next tick; the other newsletters, and the sending, must not wait for it.
            logger.exception("Newsletter %s: the scheduled edition could not be created", newsletter.pk)
    return recorded


def _make_due(newsletter: Newsletter, now: datetime) -> list[Occurrence]:
    if not _due(newsletter, now):
        return []
    recorded: list[Occurrence] = []
    with transaction.atomic():
        # Who skips or moves a date holds the same row: the date is theirs or ours, and never both.
        newsletter = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        due = _due(newsletter, now)
        for moment in due:
            if moment.skipped:
                recorded += _record(newsletter, moment, Occurrence.State.SKIPPED, moment.skipped)
        past = [moment for moment in due if not moment.skipped and moment.due_at <= now]
        for moment in past[:-1]:
            recorded += _record(newsletter, moment, Occurrence.State.MISSED, "A later date was used instead.")
        for moment in [*past[-1:], *(moment for moment in due if moment.due_at > now)]:
            recorded += _run(newsletter, moment, now)
    return recorded


def _due(newsletter: Newsletter, now: datetime) -> list[Moment]:
    """What has become due since the cadence was set and the last date came, but for what is recorded; and the date
    after that, where it is to be drafted ahead and no other draft waits for its own: what is new for the second is
    known when the first has gone or was skipped."""
    past = newsletter.occurrences.filter(due_at__lte=now).order_by("-due_at").values_list("due_at", flat=True).first()
    # Two dates may come at the same instant, when one was moved to that of another which is skipped.
    begins = (newsletter.cadence_since, past and past - timedelta(microseconds=1))
    due, ahead = [], None
    for moment in moments(newsletter, max(begin for begin in begins if begin is not None)):
        if moment.due_at <= now:
            due.append(moment)
        elif moment.due_at - _ahead(newsletter) > now:
            break
        elif not moment.skipped:  # which is recorded when it comes: until then staff may think again
            ahead = moment
            break
    if ahead is not None and not drafted.waits(newsletter):
        due.append(ahead)
    keys = [moment.key for moment in due]
    recorded = set(newsletter.occurrences.filter(nominal__in=keys).values_list("nominal", flat=True)) if keys else set()
    return [moment for moment in due if moment.key not in recorded]


def _run(newsletter: Newsletter, moment: Moment, now: datetime) -> list[Occurrence]:
    if now - moment.due_at > timedelta(hours=settings.LATE_OCCURRENCE_HOURS):
        return _record(newsletter, moment, Occurrence.State.MISSED, "Iria was not running at that time.")
    ahead = _ahead(newsletter)
    if now - (moment.due_at - ahead) < PICTURES_WAIT and _waits_for_pictures(newsletter, moment):
        return []  # the next tick looks again
    cutoff = min(moment.due_at, now) if ahead else moment.due_at
    found = find_new_articles(newsletter, cutoff)[: newsletter.at_least].count()
    if found < newsletter.at_least and moment.due_at > now:
        return []  # there may be enough before its time
    with transaction.atomic():
        recorded = _record(newsletter, moment, Occurrence.State.MADE, "")
        if not recorded:
            return []
        (occurrence,) = recorded
        if found < newsletter.at_least:
            occurrence.state = Occurrence.State.SKIPPED
            occurrence.reason = f"New articles: {found}. At least {newsletter.at_least} are needed."
            occurrence.save(update_fields=["state", "reason"])
            return recorded
        edition = composing.compose(newsletter, cutoff=cutoff, occurrence=occurrence)
        inspecting.ask(edition)  # nobody opens a page that would: the reconcile finds it
        # In the same transaction: after a crash in between, nobody could tell this draft from one that was called back.
        if moment.due_at > now:
            occurrence.draft_revision = edition.revision
            occurrence.save(update_fields=["draft_revision"])
            drafted.tell_senders(occurrence)
        elif newsletter.mode == Newsletter.Mode.AUTOMATIC:
            _send(edition, occurrence)
    return recorded


def _ahead(newsletter: Newsletter) -> timedelta:
    return timedelta(hours=newsletter.draft_hours)


def _waits_for_pictures(newsletter: Newsletter, moment: Moment) -> bool:
    """Whether a worker is still at a picture of what would be sent by itself: seconds later nothing is missing."""
    if newsletter.mode != Newsletter.Mode.AUTOMATIC:
        return False
    articles = find_new_articles(newsletter, moment.due_at)
    return articles.filter(lead_picture__state=Picture.State.PREPARING).exists()


def _send(edition: Edition, occurrence: Occurrence) -> None:
    try:
        drafted.send_by_schedule(edition)
    except transitions.Refused as refused:
        logger.warning("Edition %s stays a draft: %s", edition.pk, refused)
        occurrence.reason = f"Saved as a draft: {refused}"[:200]
        occurrence.save(update_fields=["reason"])


def _record(newsletter: Newsletter, moment: Moment, state: str, reason: str) -> list[Occurrence]:
    """The occurrence, when it was not recorded before."""
    occurrence, created = Occurrence.objects.get_or_create(
        newsletter=newsletter,
        nominal=moment.key,
        defaults={"due_at": moment.due_at, "state": state, "reason": reason},
    )
    return [occurrence] if created else []
