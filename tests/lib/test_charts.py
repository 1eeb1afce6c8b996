"""Charts: where bars and lines stand, and what the drawing says to those who can't see it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import charts
from lib.charts import HEIGHT, LEAST, WIDTH, BarShape

NUMBERS = st.lists(st.floats(0, 1e9), max_size=60)


@pytest.mark.parametrize(
    ("value", "rounded"), [(0, 0), (-3, 0), (0.4, 1), (1, 1), (2.1, 3), (5, 5), (7, 8), (9, 10), (11, 20), (1204, 2000)]
)
def test_the_edge_of_a_chart_is_a_round_number(value: float, rounded: float) -> None:
    assert charts.round_up(value) == rounded


def test_a_bar_is_as_high_as_its_share_of_the_edge() -> None:
    layout = charts.lay_out([50, 100, 0])
    assert (layout.top, layout.bottom, layout.zero) == (100, 0, HEIGHT)
    half, whole, none = layout.ups
    assert half == BarShape(25, HEIGHT / 2, 150, HEIGHT / 2)
    assert (whole.y, whole.height) == (0, HEIGHT)
    assert none.height == 0


def test_what_left_stands_below_the_line_to_the_same_scale() -> None:
    layout = charts.lay_out([100, 0], [0, 100])
    assert layout.zero == HEIGHT / 2
    assert layout.ups[0].height == layout.downs[1].height == HEIGHT / 2
    assert layout.downs[1].y == layout.zero


def test_the_second_line_goes_through_the_middle_of_the_bars_and_stops_where_it_knows_nothing() -> None:
    layout = charts.lay_out([10, 10, 10], line=[5, 10, None])
    assert layout.points == ((100, HEIGHT / 2), (300, 0))


@given(NUMBERS, NUMBERS, NUMBERS)
def test_nothing_stands_outside_the_drawing(ups: list[float], downs: list[float], line: list[float]) -> None:
    layout = charts.lay_out(ups, downs, line)
    for shape in (*layout.ups, *layout.downs):
        assert 0 <= shape.x <= shape.x + shape.width <= WIDTH + 1e-6
        assert -LEAST <= shape.y <= shape.y + shape.height <= HEIGHT + LEAST
    assert all(0 <= x <= WIDTH and -1e-6 <= y <= HEIGHT + 1e-6 for x, y in layout.points)


def test_one_among_a_million_can_be_seen() -> None:
    assert charts.lay_out([1_000_000, 1]).ups[1].height == LEAST


def test_the_drawing_has_a_name_and_a_description_and_takes_no_markup_from_either() -> None:
    layout = charts.lay_out([3, 0, 5], [1, 0, 0], [2, 2, 2])
    drawn = ElementTree.fromstring(charts.draw(layout, key="clicks", title="A <b> & c", description="“x” < y"))
    named = drawn.attrib["aria-labelledby"].split()
    assert drawn.attrib["role"] == "img"
    assert [drawn.find(f"*[@id='{name}']").text for name in named] == ["A <b> & c", "“x” < y"]  # type: ignore[union-attr]
    shapes = [element.attrib["class"] for element in drawn if element.tag in ("rect", "polyline")]
    assert shapes == ["chart-up", "chart-up", "chart-down", "chart-line"]


def test_a_chart_of_nothing_is_drawn() -> None:
    drawn = ElementTree.fromstring(charts.draw(charts.lay_out([]), key="k", title="t", description="d"))
    assert drawn.find("rect") is None
