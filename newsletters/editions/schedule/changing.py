"""Skipping or moving one date of a schedule, and taking that back.

Only dates that are still to come: what was made at a date is an edition, with buttons of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.editions.schedule.moments import Moment, moment_of, moments
from newsletters.models import Newsletter, ScheduleChange

FARTHEST = timedelta(days=400)


class CantChange(Exception):
    """Its text says why not."""


def skip_date(newsletter_id: int, day: date, *, reason: str = "") -> None:
    """No edition at that date. Raises CantChange."""
    with _held(newsletter_id, day) as newsletter:
        ScheduleChange.objects.update_or_create(
            newsletter=newsletter, day=day, defaults={"moved_to": None, "reason": reason}
        )


def move_date(newsletter_id: int, day: date, to: datetime) -> None:
    """The edition of that date comes at the instant `to`. Raises CantChange."""
    now = timezone.now()
    if to <= now:
        raise CantChange(_("Choose a time in the future."))
    if to > now + FARTHEST:
        raise CantChange(_("Choose a time within the next %d days.") % FARTHEST.days)
    with _held(newsletter_id, day) as newsletter:
        there = takewhile(lambda moment: moment.due_at == to, moments(newsletter, to - timedelta(microseconds=1)))
        if any(not moment.skipped and moment.nominal.date() != day for moment in there):
            raise CantChange(_("Another date of this newsletter is at that time. Choose another time, or skip one."))
        ScheduleChange.objects.update_or_create(newsletter=newsletter, day=day, defaults={"moved_to": to, "reason": ""})


def restore_date(newsletter_id: int, day: date) -> None:
    """As the schedule has it. Raises CantChange, also where that time has passed."""
    with _held(newsletter_id, day) as newsletter:
        ScheduleChange.objects.filter(newsletter=newsletter, day=day).delete()
        moment = moment_of(newsletter, day)
        if moment is None or moment.due_at <= timezone.now():
            raise CantChange(_("The time that the schedule has for it has passed. Choose another time instead."))


def date_to_come(newsletter: Newsletter, day: date) -> Moment:
    """Raises CantChange for a day that isn't in the schedule, or whose date has passed or was made."""
    moment = moment_of(newsletter, day)
    if moment is None:
        raise CantChange(_("The schedule of this newsletter has no date on that day."))
    if newsletter.occurrences.filter(nominal=moment.key).exists():
        raise CantChange(
            _("This date has come already, or its edition is drafted: “Scheduled dates” says what came of it.")
        )
    if moment.due_at <= timezone.now():
        raise CantChange(_("This date has passed."))
    return moment


@contextmanager
def _held(newsletter_id: int, day: date) -> Iterator[Newsletter]:
    """The newsletter, whose row is locked so that its date isn't made meanwhile."""
    with transaction.atomic():
        newsletter = Newsletter.objects.select_for_update().filter(pk=newsletter_id).first()
        if newsletter is None:
            raise CantChange(_("This newsletter doesn't exist."))
        date_to_come(newsletter, day)
        yield newsletter
