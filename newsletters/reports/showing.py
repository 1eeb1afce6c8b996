"""A report of an edition as its pages show it: numbers in words, charts, and a table behind each chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib import charts
from lib.dates import in_local_words
from lib.durations import duration_in_words
from lib.percentages import percent
from newsletters.reports.edition_report import EditionReport, ReportedLink
from newsletters.reports.hours import HourOfEdition
from newsletters.reports.measures import FEWEST, Coverage, Level, Measure, Tally
from newsletters.reports.recipient_groups import GroupOfRecipients
from newsletters.reports.tables import count_in_words, share_in_words, usual_in_words

# What a report begins with.
LEADS = (
    "accepted",
    "bounced",
    "clickers",
    "clicks",
    "unsubscribed",
    "complaints",
    "growth",
)  # what a report begins with
_LEVELS = {
    Level.GOOD: gettext_lazy("Good: less than 0.1% of the accepted emails."),
    Level.HIGH: gettext_lazy("High: mailbox providers want less than 0.1%."),
    Level.STOP: gettext_lazy("Too many: from 0.3% on, mailbox providers reject a sender. Stop and find out why."),
}


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    key: str
    name: str
    count: str
    share: str
    usual: str
    note: str
    level: str  # a class of the style sheet
    is_known: bool


@dataclass(frozen=True, slots=True)
class ShownChart:
    drawing: SafeString
    top: str  # the value at the upper edge
    bottom: str
    first: str  # below the first and the last bar
    last: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the table behind it
    words: str = ""  # what it says, in a sentence
    key: tuple[tuple[str, str], ...] = ()  # the name of each colour, and its class


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One of several that make up a whole."""

    name: str
    count: str
    share: str
    percent: int


@dataclass(frozen=True, slots=True)
class ShownGroup:
    name: str
    recipients: str
    accepted: str
    rejected: str
    rejected_share: str
    bounced: str
    complaints: str


def page_of(found: EditionReport) -> dict[str, Any]:
    """What the template of a report shows, for staff and by a private link."""
    measures = [show_measure(each) for each in found.measures]
    leads = [each for key in LEADS for each in measures if each.key == key and each.is_known]
    return {
        "report": found,
        "began": in_local_words(found.began_at),
        "counted": in_local_words(found.counted_at),
        "recipients": f"{found.recipients:,}",
        "leads": leads,
        "measures": measures,
        "compared": found.compared if found.compared >= FEWEST else 0,
        "period": _period(found),
        "hours": _hours(found.hours) if found.counts_clicks else None,
        "links": [_link(each) for each in found.links],
        "breakdowns": [
            {"title": title, "parts": parts(tallies)}
            for title, tallies in (
                (_("Why readers unsubscribed by its link"), found.reasons),
                (_("Clicks by device"), found.devices),
                (_("Clicks by program"), found.programs),
            )
            if tallies
        ],
        "groups": [
            {
                "title": title, "groups": [_group(each) for each in groups] if groups is not None else None,
                "came_back": any(each.bounced is not None for each in groups or ()),
            }
            for title, groups in (
                (_("Recipients by mailbox provider"), found.providers), (_("Recipients by language"), found.languages),
            )
        ],
    }  # fmt: skip


def show_measure(each: Measure) -> ShownMeasure:
    level = str(_LEVELS.get(each.level, ""))
    note = " ".join(filter(None, (each.note, level)))
    is_known = each.coverage == Coverage.YES
    return ShownMeasure(
        each.key, each.name, count_in_words(each), share_in_words(each), usual_in_words(each), note,
        each.level.value, is_known,
    )  # fmt: skip


def parts(tallies: Sequence[Tally]) -> list[ShownPart]:
    total = sum(each.count for each in tallies)
    shares = [each.count / total if total else 0.0 for each in tallies]
    return [
        ShownPart(each.name, f"{each.count:,}", percent(share), round(100 * share))
        for each, share in zip(tallies, shares, strict=True)
    ]


def _link(link: ReportedLink) -> dict[str, Any]:
    return {
        "number": link.number, "headline": link.headline, "url": link.url,
        "shown": link.url.removeprefix(settings.SITE_URL) or "/", "clicks": f"{link.clicks:,}",
        "share": percent(link.share), "percent": round(100 * link.share), "followed": link.clicks > 0,
    }  # fmt: skip


def _group(group: GroupOfRecipients) -> ShownGroup:
    share = group.rejected / group.recipients if group.recipients else 0.0
    return ShownGroup(
        group.name, f"{group.recipients:,}", f"{group.accepted:,}", f"{group.rejected:,}", percent(share),
        f"{group.bounced or 0:,}", f"{group.complaints or 0:,}",
    )  # fmt: skip


def _hours(hours: Sequence[HourOfEdition]) -> ShownChart:
    usual = [hour.usual for hour in hours]
    has_usual = any(value is not None for value in usual)
    layout = charts.lay_out([hour.people for hour in hours], line=usual if has_usual else ())
    total = sum(hour.people for hour in hours)
    words = ngettext("%(n)s click in %(hours)d hours.", "%(n)s clicks in %(hours)d hours.", total) % {
        "n": f"{total:,}", "hours": len(hours),
    }  # fmt: skip
    if has_usual:
        words += " " + _("The line shows what is usual.")
    names = [date_format(timezone.localtime(hour.begins), "j M, H:i") for hour in hours]
    head = (_("Hour from"), _("Clicks"), *([_("Usual")] if has_usual else []))
    return ShownChart(
        charts.draw(layout, key="hours", title=_("Clicks by hour"), description=words),
        f"{layout.top:,.0f}", "", names[0] if names else "", names[-1] if names else "", head,
        tuple(
            (name, f"{hour.people:,}", *([f"{hour.usual or 0:,.0f}"] if has_usual else []))
            for name, hour in zip(names, hours, strict=True)
        ),
        words,
        ((_("this edition"), "up"), (_("usual"), "line")) if has_usual else (),
    )  # fmt: skip


def _period(found: EditionReport) -> str:
    age = duration_in_words(found.age.total_seconds(), about=True)
    looked_at = duration_in_words(found.looked_at.total_seconds(), about=True)
    words = _("Sending began %(age)s before this was counted. Unsubscribes and growth are those of %(time)s.") % {
        "age": age, "time": looked_at,
    }  # fmt: skip
    if found.compared < FEWEST:
        return f"{words} " + _("There are too few earlier editions to say what is usual.")
    return f"{words} " + ngettext(
        "Usual is the median of the %(n)d edition before, at the same age.",
        "Usual is the median of the %(n)d editions before, at the same age.", found.compared,
    ) % {"n": found.compared}  # fmt: skip
