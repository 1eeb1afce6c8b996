"""What happens at a newsletter's dates: an edition is made, or the date is recorded as skipped or missed.

One edition an occurrence: the row Occurrence(newsletter, nominal local time) is unique and outlives its edition, so any
number of beats may call `tick`. After downtime only the latest occurrence runs, and only if it is not too late;
the others are recorded as missed, for a person to decide. A date that falls on a holiday or that staff took out is
recorded as skipped, with the reason.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from newsletters.editions import composing, transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.new_articles import find_new_articles
from newsletters.editions.preflight import inspecting
from newsletters.editions.schedule.moments import Moment, moments
from newsletters.models import Edition, Newsletter, Occurrence, Picture

logger = logging.getLogger(__name__)
PICTURES_WAIT = timedelta(minutes=10)  # after which an edition is made without those that aren't ready


def tick(now: datetime) -> list[Occurrence]:
    """Make what is due. Returns the occurrences that this call recorded; may run any number of times at once."""
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
        kept = [moment for moment in due if not moment.skipped]
        for moment in kept[:-1]:
            recorded += _record(newsletter, moment, Occurrence.State.MISSED, "A later date was used instead.")
        if kept:
            recorded += _run(newsletter, kept[-1], now)
    return recorded


def _due(newsletter: Newsletter, now: datetime) -> list[Moment]:
    """What has become due since the cadence was set and the last occurrence was recorded."""
    since = newsletter.cadence_since
    last = newsletter.occurrences.order_by("-due_at").values_list("due_at", flat=True).first()
    start = max(moment for moment in (since, last) if moment is not None)
    due = []
    for moment in moments(newsletter, start):
        if moment.due_at > now:
            break
        due.append(moment)
    return due


def _run(newsletter: Newsletter, moment: Moment, now: datetime) -> list[Occurrence]:
    if now - moment.due_at > timedelta(hours=settings.LATE_OCCURRENCE_HOURS):
        return _record(newsletter, moment, Occurrence.State.MISSED, "Iria was not running at that time.")
    if now - moment.due_at < PICTURES_WAIT and _waits_for_pictures(newsletter, moment):
        return []  # the next tick looks again
    with transaction.atomic():
        recorded = _record(newsletter, moment, Occurrence.State.MADE, "")
        if not recorded:
            return []
        (occurrence,) = recorded
        found = find_new_articles(newsletter, moment.due_at)[: newsletter.at_least].count()
        if found < newsletter.at_least:
            occurrence.state = Occurrence.State.SKIPPED
            occurrence.reason = f"New articles: {found}. At least {newsletter.at_least} are needed."
            occurrence.save(update_fields=["state", "reason"])
            return recorded
        edition = composing.compose(newsletter, cutoff=moment.due_at, occurrence=occurrence)
        inspecting.ask(edition)  # nobody opens a page that would: the reconcile finds it
        # In the same transaction: after a crash in between, nobody could tell this draft from one that was called back.
        if newsletter.mode == Newsletter.Mode.AUTOMATIC:
            _send(edition, occurrence)
    return recorded


def _waits_for_pictures(newsletter: Newsletter, moment: Moment) -> bool:
    """Whether a worker is still at a picture of what would be sent by itself: seconds later nothing is missing."""
    if newsletter.mode != Newsletter.Mode.AUTOMATIC:
        return False
    articles = find_new_articles(newsletter, moment.due_at)
    return articles.filter(lead_picture__state=Picture.State.PREPARING).exists()


def _send(edition: Edition, occurrence: Occurrence) -> None:
    # The newsletter's rule has chosen the articles: a weekly digest repeats what a daily newsletter of the list had.
    repeats = LoadedEdition(edition).repeats.token
    try:
        transitions.queue(edition.pk, revision=edition.revision, by=transitions.BY_SCHEDULE, repeats=repeats)
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
