"""All newsletters on one calendar: what was sent, what is scheduled, and the dates to come.

Each entry stands on the day that it is in its newsletter's own time zone. A date to come can be dragged to another day;
the page that opens then asks for the time, and does nothing before it is confirmed. The same page is a link away.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.moments import yours_in_words
from newsletters.admin.newsletter.dates import CHANGE, date_url
from newsletters.admin.newsletter.schedule import WEEKDAYS
from newsletters.admin.roles import may, require
from newsletters.editions.schedule.coming import coming, with_coming
from newsletters.models import Edition, Newsletter, Occurrence

MOST_NEWSLETTERS = 60  # on one page
MOST_EDITIONS = 1000
YEARS = range(2000, 2101)
State = Edition.Status


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    at: datetime
    newsletter: Newsletter
    kind: str  # of its look: "sent", "queued", "draft", "date", "moved", "skipped", "missed"
    words: str
    address: str = ""  # of its page; empty where there is none, or the person may not open it
    dragged: str = ""  # the address to which a drop leads

    @property
    def local(self) -> datetime:
        """What clocks show there. Without the zone, or a template would turn it into the institute's."""
        return self.at.astimezone(ZoneInfo(self.newsletter.zone)).replace(tzinfo=None)

    @property
    def clock(self) -> str:
        """“07:00 CET”"""
        return f"{self.at.astimezone(ZoneInfo(self.newsletter.zone)):%H:%M %Z}"

    @property
    def yours(self) -> str:
        return yours_in_words(self.at, self.newsletter.zone)


def show_calendar(request: HttpRequest) -> HttpResponse:
    require(request, "newsletters.view_newsletter", _("View the calendar"))
    now = timezone.now()
    first = _month(request.GET.get("month", ""), now)
    _weekday, length = calendar.monthrange(first.year, first.month)
    last = first + timedelta(days=length - 1)
    shown = with_coming(Newsletter.objects.order_by("name"))[: MOST_NEWSLETTERS + 1]
    entries = [each for each in _entries(request, list(shown[:MOST_NEWSLETTERS]), first, last, now)
               if first <= each.local.date() <= last]  # fmt: skip
    entries.sort(key=lambda each: (each.local.date(), each.local.time(), each.newsletter.name))
    by_day = {day: list(found) for day, found in groupby(entries, key=lambda each: each.local.date())}
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Calendar"),
        "opts": Newsletter._meta,
        "month": date_format(first, "F Y"),
        "weekdays": [name for _number, name in WEEKDAYS],
        "weeks": [[(day, day.month == first.month, by_day.get(day, ())) for day in week] for week in weeks],
        "today": timezone.localdate(now),
        "is_empty": not entries,
        "before": f"{first - timedelta(days=1):%Y-%m}" if first.year in YEARS and first != date(YEARS[0], 1, 1) else "",
        "after": f"{last + timedelta(days=1):%Y-%m}" if (last + timedelta(days=1)).year in YEARS else "",
        "too_many": len(shown) > MOST_NEWSLETTERS,
        "most": MOST_NEWSLETTERS,
    }
    return TemplateResponse(request, "admin/newsletters/newsletter/calendar.html", context)


def _month(asked: str, now: datetime) -> date:
    """Its first day; of this month where none is asked for, or none that there is."""
    try:
        found = datetime.strptime(asked[:7], "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return timezone.localdate(now).replace(day=1)
    return found if found.year in YEARS else timezone.localdate(now).replace(day=1)


def _entries(
    request: HttpRequest, shown: list[Newsletter], first: date, last: date, now: datetime
) -> Iterator[CalendarEntry]:
    # A day more on either side: the days of a month begin and end at other instants in each zone.
    begin = datetime.combine(first - timedelta(days=1), datetime.min.time(), UTC)
    end = datetime.combine(last + timedelta(days=2), datetime.min.time(), UTC)
    known = {newsletter.pk: newsletter for newsletter in shown}
    yield from _editions(known, begin, end, opens=may(request, "newsletters.view_edition"))
    yield from _left_out(known, begin, end)
    for newsletter in shown:  # what was drafted ahead stands there as a draft
        if newsletter.is_active:
            yield from _to_come(newsletter, max(begin, now), end, changes=may(request, CHANGE))


def _editions(known: dict[int, Newsletter], begin: datetime, end: datetime, *, opens: bool) -> Iterator[CalendarEntry]:
    gone = Q(queued_at__gte=begin, queued_at__lt=end) | Q(send_at__gte=begin, send_at__lt=end)
    waiting = Q(status=State.DRAFT, occurrence__due_at__gte=begin, occurrence__due_at__lt=end)
    found = Edition.objects.filter(newsletter__in=known).filter(gone | waiting).exclude(
        status=State.CANCELLED
    ).filter(digest="").select_related("occurrence").defer("snapshot")  # fmt: skip
    for edition in found.order_by("-pk")[:MOST_EDITIONS]:
        made_at = edition.occurrence.due_at if edition.occurrence else None
        at = edition.send_at or edition.queued_at or made_at
        if at is None:
            continue
        kind = {State.DRAFT.value: "draft", State.QUEUED.value: "queued"}.get(edition.status, "sent")
        address = edition_url(edition) if opens else ""
        yield CalendarEntry(at, known[edition.newsletter_id], kind, edition.get_status_display(), address)


def _left_out(known: dict[int, Newsletter], begin: datetime, end: datetime) -> Iterator[CalendarEntry]:
    states = (Occurrence.State.SKIPPED, Occurrence.State.MISSED)
    found = Occurrence.objects.filter(newsletter__in=known, due_at__gte=begin, due_at__lt=end, state__in=states)
    for each in found.order_by("due_at")[:MOST_EDITIONS]:
        words = f"{each.get_state_display()}: {each.reason}" if each.reason else each.get_state_display()
        yield CalendarEntry(each.due_at, known[each.newsletter_id], each.state, words)


def _to_come(newsletter: Newsletter, begin: datetime, end: datetime, *, changes: bool) -> Iterator[CalendarEntry]:
    how = _("sends automatically") if newsletter.mode == Newsletter.Mode.AUTOMATIC else _("creates a draft")
    for moment in coming(newsletter, begin):
        if moment.due_at >= end:
            return
        address = date_url(newsletter.pk, moment.nominal.date()) if changes else ""
        kind, words = "date", how
        if moment.skipped:
            kind, words = "skipped", _("skipped: %s") % moment.skipped
        elif moment.is_moved:
            kind, words = "moved", _("moved from %(day)s, %(how)s") % {"day": f"{moment.nominal:%-d %B}", "how": how}
        yield CalendarEntry(moment.due_at, newsletter, kind, words, address, address)
