"""The growth of the lists as a small chart: confirmed above the line, unsubscribed below it, and the same in numbers.

Drawn here and not in the browser, so that it needs no script; the table beside it says the same to who cannot see it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscribers import growth
from subscribers.growth import Growth, Week

# In the units of the drawing's viewBox.
WIDTH, HEIGHT, GAP = 480, 120, 8
BAR = (WIDTH - GAP * (growth.WEEKS - 1)) / growth.WEEKS
LEAST = 1.5  # so that one reader can be seen beside a thousand


@dataclass(frozen=True, slots=True)
class Bar:
    """A week: both bars, where it stands, and its numbers."""

    x: str
    up_y: str
    up: str
    down_y: str
    down: str
    net_y: str
    day: str
    confirmed: str
    unsubscribed: str
    net: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    zero: str
    net_line: str  # the points of the line
    summary: str
    counted_at: str
    first: str
    last: str
    is_empty: bool
    bar_width: str = f"{BAR:.1f}"
    width: int = WIDTH
    height: int = HEIGHT


def shown() -> Chart:
    found = growth.recent_growth()
    top = max((week.confirmed for week in found.weeks), default=0)
    bottom = max((week.unsubscribed for week in found.weeks), default=0)
    scale = HEIGHT / ((top + bottom) or 1)
    zero = top * scale
    bars = [_bar(number, week, zero, scale) for number, week in enumerate(found.weeks)]
    return Chart(
        bars=bars,
        zero=f"{zero:.1f}",
        net_line=" ".join(f"{_middle(number):.1f},{bar.net_y}" for number, bar in enumerate(bars)),
        summary=in_words(found),
        counted_at=date_format(timezone.localtime(found.counted_at), "H:i T"),
        first=bars[0].day,
        last=bars[-1].day,
        is_empty=not (top or bottom),
    )


def in_words(found: Growth) -> str:
    """“In the last 12 weeks 1,204 subscriptions were confirmed, and 87 unsubscribed: 1,117 more than before.”"""
    came = ngettext("%s subscription confirmed", "%s subscriptions confirmed", found.confirmed)
    went = ngettext("%s unsubscribed", "%s unsubscribed", found.unsubscribed)
    return _("In the last %(weeks)d weeks: %(came)s, %(went)s (%(net)s).") % {
        "weeks": growth.WEEKS, "came": came % f"{found.confirmed:,}", "went": went % f"{found.unsubscribed:,}",
        "net": _net_in_words(found.net),
    }  # fmt: skip


def _net_in_words(net: int) -> str:
    if net == 0:
        return _("no change")
    if net > 0:
        return ngettext("up by %s", "up by %s", net) % f"{net:,}"
    return ngettext("down by %s", "down by %s", -net) % f"{-net:,}"


def _middle(number: int) -> float:
    return number * (BAR + GAP) + BAR / 2


def _bar(number: int, week: Week, zero: float, scale: float) -> Bar:
    up, down = (max(count * scale, LEAST) if count else 0.0 for count in (week.confirmed, week.unsubscribed))
    return Bar(
        x=f"{number * (BAR + GAP):.1f}",
        up_y=f"{zero - up:.1f}",
        up=f"{up:.1f}",
        down_y=f"{zero:.1f}",
        down=f"{down:.1f}",
        net_y=f"{zero - week.net * scale:.1f}",
        day=date_format(timezone.localtime(week.begins), "j M"),
        confirmed=f"{week.confirmed:,}",
        unsubscribed=f"{week.unsubscribed:,}",
        net=f"{week.net:+,}" if week.net else "0",
    )
