"""The colours of a mail, by day and by night: the newsletter's own, made readable, and the greys around them.

No pure black and no pure white: clients that invert colours by themselves leave those alone or turn them into a glare.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib import colours


@dataclass(frozen=True, slots=True)
class Palette:
    """Six-digit hex colours. `accent` can be read on the sheet and on a note. `fill` is for surfaces, where a colour
    may be as bright as it was chosen: `on_fill` can be read on it."""

    page: str  # around the column
    sheet: str  # the column
    note: str  # a box on the sheet
    ink: str
    quiet: str  # what is less important, on the sheet and on a note
    foot: str  # the footer's words, on the page
    rule: str
    accent: str
    fill: str
    on_fill: str


def day(colour: str, background: str) -> Palette:
    fill = colours.surface(colour)
    return Palette(
        page=background.lower(),
        sheet="#fdfdfc",
        note="#f1f3f5",
        ink="#22262b",
        quiet="#565d65",
        foot=colours.readable("#4d545c", background),
        rule="#d9dde1",
        accent=colours.readable(colour, "#f1f3f5"),
        fill=fill,
        on_fill=colours.text_on(fill),
    )


def night(colour: str) -> Palette:
    fill = colours.surface(colours.readable(colour, "#1d2126", colours.VISIBLE))
    return Palette(
        page="#15181c",
        sheet="#1d2126",
        note="#2a3037",
        ink="#e8eaed",
        quiet="#b3bac2",
        foot="#b3bac2",
        rule="#3a4047",
        accent=colours.readable(colour, "#2a3037"),
        fill=fill,
        on_fill=colours.text_on(fill),
    )
