"""Charts as SVG, drawn on the server: bars above and below a line, and a second line over them. They need no script.

The drawing holds shapes alone and is stretched to the width of its page, so that it is as good on a phone; words and
numbers stand around it as text, which isn't stretched. Colours come from the page's style sheet by class, so that light
and dark agree. Beside each chart belongs a table that says the same to readers who can't see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# In the units of the drawing's viewBox.
WIDTH, HEIGHT = 600.0, 140.0
GAP = 0.25  # of the room of a bar
LEAST = 1.5  # so that one can be seen beside a thousand


@dataclass(frozen=True, slots=True)
class BarShape:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class BarLayout:
    """Where everything stands. `top` and `bottom` are the values at the upper and lower edge, `zero` is the place of
    the line between the bars above and below."""

    ups: tuple[BarShape, ...]
    downs: tuple[BarShape, ...]
    points: tuple[tuple[float, float], ...]  # of the second line
    zero: float
    top: float
    bottom: float


def round_up(value: float) -> float:
    """The next round number that isn't less: a digit (but not 7 or 9) and zeros. 0 for nothing."""
    if value <= 0:
        return 0.0
    step = 1.0
    while step * 10 < value:
        step *= 10
    return next(factor * step for factor in (1, 2, 3, 4, 5, 6, 8, 10) if factor * step >= value)


def lay_out(ups: Sequence[float], downs: Sequence[float] = (), line: Sequence[float | None] = ()) -> BarLayout:
    """`downs` are as far below zero as they say. The line has a value for each bar; where it has none (at the end), it
    stops."""
    known = [value for value in line if value is not None]
    top = round_up(max([*ups, *known], default=0))
    bottom = round_up(max([*downs, *(-value for value in known)], default=0))
    if not top and not bottom:
        top = 1.0
    scale = HEIGHT / (top + bottom)
    zero = top * scale
    count = max(len(ups), len(downs), len(line), 1)
    room = WIDTH / count
    width = room * (1 - GAP)

    def shape(at: int, value: float, *, below: bool) -> BarShape:
        height = max(value * scale, LEAST) if value else 0.0
        return BarShape(at * room + room * GAP / 2, zero if below else zero - height, width, height)

    return BarLayout(
        ups=tuple(shape(at, value, below=False) for at, value in enumerate(ups)),
        downs=tuple(shape(at, value, below=True) for at, value in enumerate(downs)),
        points=tuple(
            (at * room + room / 2, zero - value * scale) for at, value in enumerate(line) if value is not None
        ),
        zero=zero,
        top=top,
        bottom=bottom,
    )


def draw(layout: BarLayout, *, key: str, title: str, description: str) -> SafeString:
    """The drawing. `key` makes the ids of its title and description, and stands once on a page."""
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{}</title><desc id="{key}-desc">{}</desc>'
        '<line class="chart-edge" x1="0" y1="0" x2="{}" y2="0"/>{}{}'
        '<line class="chart-zero" x1="0" y1="{zero}" x2="{}" y2="{zero}"/>{}</svg>',
        _short(WIDTH), _short(HEIGHT), title, description, _short(WIDTH),
        _rectangles("chart-up", layout.ups), _rectangles("chart-down", layout.downs), _short(WIDTH), _line(layout),
        key=key, zero=_short(layout.zero),
    )  # fmt: skip


def _rectangles(name: str, shapes: Iterable[BarShape]) -> SafeString:
    rows = ((name, _short(s.x), _short(s.y), _short(s.width), _short(s.height)) for s in shapes if s.height)
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', rows)


def _line(layout: BarLayout) -> SafeString | str:
    if len(layout.points) < 2:
        return ""
    points = " ".join(f"{_short(x)},{_short(y)}" for x, y in layout.points)
    return format_html('<polyline class="chart-line" points="{}"/>', points)


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
