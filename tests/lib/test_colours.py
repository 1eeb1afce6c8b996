"""Colours that somebody chose: readable as words, seen as edges, themselves on surfaces."""

from __future__ import annotations

from colorsys import rgb_to_hls

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.colours import READABLE, VISIBLE, contrast, readable, shade, surface, text_on

pytestmark = pytest.mark.either_database
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("ground", ["#fbfaf7", "#f1ede3", "#12161c", "#1b222b"])
@given(colour=COLOURS)
def test_on_the_papers_of_the_house_every_colour_becomes_readable_and_seen(ground: str, colour: str) -> None:
    assert contrast(readable(colour, ground), ground) >= READABLE
    assert contrast(readable(colour, ground, VISIBLE), ground) >= VISIBLE
    if contrast(colour, ground) >= READABLE:
        assert readable(colour, ground) == colour


@given(COLOURS)
def test_a_surface_carries_words_and_gives_way_only_where_none_could_be_read(colour: str) -> None:
    ground = surface(colour)
    assert contrast(text_on(ground), ground) >= READABLE
    if contrast(text_on(colour), colour) >= READABLE:
        assert ground == colour
    assert contrast(ground, colour) < 1.4


@given(COLOURS)
def test_under_the_pointer_words_read_even_better(colour: str) -> None:
    ground = surface(colour)
    hovered = shade(ground, 0.18)
    assert contrast(text_on(ground), hovered) >= contrast(text_on(ground), ground) - 0.01


def test_yellow_stays_yellow_with_dark_words_and_becomes_ochre_as_words() -> None:
    assert (surface("#ffd400"), text_on("#ffd400")) == ("#ffd400", "#16181b")
    words = readable("#ffd400", "#fbfaf7")
    hue = rgb_to_hls(*(int(words[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]
    assert hue == pytest.approx(rgb_to_hls(1, 0xD4 / 255, 0)[0], abs=0.02)
