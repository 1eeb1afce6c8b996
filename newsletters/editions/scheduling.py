"""When a newsletter is due: weekdays or a day of the month, at a wall time in an IANA zone; and what happens then.

One edition an occurrence: the row Occurrence(newsletter, nominal local time) is unique and outlives its edition, so any
number of beats may call `tick`. After downtime only the latest occurrence runs, and only if it is not too late;
the others are recorded as missed, for a person to decide.
"""

from __future__ import annotations

import calendar
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format

from newsletters.editions import composing, transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.new_articles import find_new_articles
from newsletters.editions.preflight import inspecting
from newsletters.models import Edition, Newsletter, Occurrence, Picture

logger = logging.getLogger(__name__)
PICTURES_WAIT = timedelta(minutes=10)  # after which an edition is made without those that aren't ready


@dataclass(frozen=True, slots=True)
class Moment:
    """`nominal` is the wall time in the newsletter's zone, without a zone; `due_at` the instant it stands for."""

    nominal: datetime
    due_at: datetime

    @property
    def key(self) -> str:
        return self.nominal.isoformat(timespec="minutes")


def instant(nominal: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time. Where clocks go forward over it: the first valid instant after the gap. Where they
    go back and it happens twice: the first time."""
    first = nominal.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == nominal:
        return first
    # In the gap fold=0 is read with the offset before it, which lands after the change, and fold=1 the other way round.
    low, high = nominal.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    after = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def next_moments(newsletter: Newsletter, after: datetime, count: int) -> list[Moment]:
    """The next occurrences after that instant, earliest first. None for a newsletter without a cadence."""
    return list(islice(moments(newsletter, after), count))


def moments(newsletter: Newsletter, after: datetime) -> Iterator[Moment]:
    if newsletter.cadence == Newsletter.Cadence.NONE or newsletter.send_time is None:
        return
    zone = ZoneInfo(newsletter.zone)
    # A day early: a gap may push an occurrence past midnight.
    for day in _days(newsletter, after.astimezone(zone).date() - timedelta(days=1)):
        nominal = datetime.combine(day, newsletter.send_time.replace(second=0, microsecond=0))
        moment = Moment(nominal, instant(nominal, zone))
        if moment.due_at > after:
            yield moment


def _days(newsletter: Newsletter, first: date) -> Iterator[date]:
    """The days of the cadence from that one on; ends where the calendar does."""
    if newsletter.cadence == Newsletter.Cadence.WEEKLY:
        weekdays = set(newsletter.weekdays)
        day = first
        while weekdays and day.year < 9999:
            if day.isoweekday() in weekdays:
                yield day
            day += timedelta(days=1)
    elif newsletter.day_of_month:
        year, month = first.year, first.month
        while year < 9999:
            day = date(year, month, min(newsletter.day_of_month, calendar.monthrange(year, month)[1]))
            if day >= first:
                yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def in_words(moment: Moment, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”, the time as clocks there will show it."""
    local = moment.due_at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{date_format(local, 'l j F Y')} at {local:%H:%M} ({zone}, UTC{offset[:3]}:{offset[3:]})"


def tick(now: datetime) -> list[Occurrence]:
    """Make what is due. Returns the occurrences that this call recorded; may run any number of times at once."""
    recorded: list[Occurrence] = []
    for newsletter in Newsletter.objects.filter(is_active=True, cadence_since__isnull=False).exclude(
        cadence=Newsletter.Cadence.NONE
    ):
        try:
            recorded += _make_due(newsletter, now)
        except Exception:
            # It is tried again at the next tick; the other newsletters, and the sending, must not wait for it.
            logger.exception("Newsletter %s: the scheduled edition could not be created", newsletter.pk)
    return recorded


def _make_due(newsletter: Newsletter, now: datetime) -> list[Occurrence]:
    recorded: list[Occurrence] = []
    due = _due(newsletter, now)
    for moment in due[:-1]:
        recorded += _record(newsletter, moment, Occurrence.State.MISSED, "A later date was used instead.")
    if due:
        recorded += _run(newsletter, due[-1], now)
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
