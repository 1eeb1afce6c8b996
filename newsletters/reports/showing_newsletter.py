"""The report of a newsletter as its page shows it: numbers in words, charts, and a table behind each chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib import charts
from lib.dates import in_local_words
from lib.percentages import percent
from newsletters.reports.list_figures import CountedList
from newsletters.reports.newsletter_report import NewsletterReport
from newsletters.reports.showing import ShownChart, show_measure
from newsletters.reports.tables import rate_in_words, share_or_unknown

SHADES = 4  # of a cell of the retention table: from few who stayed to all


@dataclass(frozen=True, slots=True)
class RetentionCell:
    words: str
    shade: int


def newsletter_page_of(found: NewsletterReport) -> dict[str, Any]:
    """What the template shows."""
    counted = found.counted_list
    return {
        "report": found,
        "counted": in_local_words(found.counted_at),
        "growth": _growth(found),
        "editions": [
            {
                "id": each.edition_id, "name": each.name,
                "began": date_format(timezone.localtime(each.began_at), "j M Y"),
                "recipients": f"{each.recipients:,}", "accepted": percent(each.accepted),
                "clicks": rate_in_words(each.clicks), "unsubscribed": percent(each.unsubscribed),
                "bounced": share_or_unknown(each.bounced), "complaints": share_or_unknown(each.complaints),
                "level": each.level.value,
            }
            for each in found.editions
        ],
        "articles": [
            {"title": each.title, "edition": each.edition, "clicks": f"{each.clicks:,}",
             "rate": rate_in_words(each.rate)}
            for each in found.articles
        ],
        "topics": [
            {"name": each.name, "articles": f"{each.articles:,}", "clicks": f"{each.clicks:,}",
             "rate": rate_in_words(each.rate)}
            for each in found.topics
        ],
        "hours": _hours_of_day(found) if any(found.hours) else None,
        "best_hour": _best_hour(found),
        "quiet": show_measure(found.quiet),
        "counted_list": _list(counted) if counted else None,
    }  # fmt: skip


def _growth(found: NewsletterReport) -> ShownChart:
    weeks = found.weeks
    layout = charts.lay_out(
        [week.confirmed for week in weeks], [week.unsubscribed for week in weeks], [week.net for week in weeks]
    )
    joined, gone = sum(week.confirmed for week in weeks), sum(week.unsubscribed for week in weeks)
    words = _("In the last %(weeks)d weeks, %(joined)s joined and %(gone)s unsubscribed.") % {
        "weeks": len(weeks), "joined": f"{joined:,}", "gone": f"{gone:,}",
    }  # fmt: skip
    names = [date_format(timezone.localtime(week.begins), "j M Y") for week in weeks]
    return ShownChart(
        charts.draw(layout, key="growth", title=_("Joined and unsubscribed, week by week"), description=words),
        f"{layout.top:,.0f}", f"−{layout.bottom:,.0f}" if layout.bottom else "", names[0], names[-1],
        (_("Week of"), _("Joined"), _("Unsubscribed"), _("Net")),
        tuple(
            (name, f"{week.confirmed:,}", f"{week.unsubscribed:,}", f"{week.net:+,}" if week.net else "0")
            for name, week in zip(names, weeks, strict=True)
        ),
        words,
        ((_("joined"), "up"), (_("unsubscribed"), "down"), (_("net"), "line")),
    )  # fmt: skip


def _hours_of_day(found: NewsletterReport) -> ShownChart:
    layout = charts.lay_out(found.hours)
    total = sum(found.hours)
    words = ngettext("%s click.", "%s clicks.", total) % f"{total:,}"
    names = [f"{hour:02}:00" for hour in range(24)]
    return ShownChart(
        charts.draw(layout, key="hours", title=_("Clicks by hour of the day"), description=words),
        f"{layout.top:,.0f}", "", names[0], names[-1], (_("Hour from"), _("Clicks")),
        tuple((name, f"{clicks:,}") for name, clicks in zip(names, found.hours, strict=True)), words,
    )  # fmt: skip


def _best_hour(found: NewsletterReport) -> str:
    if not any(found.hours):
        return ""
    best = max(range(24), key=lambda hour: found.hours[hour])
    words = _(
        "Most clicks come from %(begin)02d:00 to %(end)02d:00 (%(zone)s). Most follow soon after sending, so hours at "
        "which you never send can't be compared."
    )
    return words % {"begin": best, "end": best + 1, "zone": found.zone}


def _list(counted: CountedList) -> dict[str, Any]:
    health = counted.health
    return {
        "counted": in_local_words(counted.counted_at),
        "states": [
            (_("Confirmed"), f"{health.confirmed:,}"),
            (_("… of them suppressed: they get nothing"), f"{health.suppressed:,}"),
            (_("… of them paused"), f"{health.paused:,}"),
            (_("Waiting for confirmation"), f"{health.pending:,}"),
            (_("Waiting for approval"), f"{health.held:,}"),
            (_("Unsubscribed"), f"{health.unsubscribed:,}"),
        ],
        "sources": [
            {"name": each.name or _("The form alone"), "asked": f"{each.asked:,}", "confirmed": f"{each.confirmed:,}",
             "still_there": f"{each.still_there:,}"}
            for each in counted.sources
        ],
        "months": range(max((len(cohort.stayed) for cohort in counted.cohorts), default=0)),
        "cohorts": [
            {
                "month": each.month, "joined": f"{each.joined:,}",
                "cells": [_cell(stayed, each.joined) for stayed in each.stayed],
            }
            for each in counted.cohorts
            if each.joined
        ],
    }  # fmt: skip


def _cell(stayed: int, joined: int) -> RetentionCell:
    share = stayed / joined
    return RetentionCell(f"{share:.0%}", round(SHADES * share))
