"""The colours of a mail, by day and by night: the newsletter's own, made readable, and the greys around them.

No pure black and no pure white: clients that invert colours by themselves leave those alone or turn them into a glare.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletters.rendering import colours


@dataclass(frozen=True, slots=True)
class Palette:
    """Six-digit hex colours. `accent` can be read on the sheet and on a note, `on_accent` on the accent."""

    page: str  # around the column
    sheet: str  # the column
    note: str  # a box on the sheet
    ink: str
    quiet: str  # what is less important, on the sheet and on a note
    foot: str  # the footer's words, on the page
    rule: str
    accent: str
    on_accent: str


def day(colour: str, background: str) -> Palette:
    accent = colours.readable(colour, "#f1f3f5")
    return Palette(
        page=background.lower(),
        sheet="#fdfdfc",
        note="#f1f3f5",
        ink="#22262b",
        quiet="#565d65",
        foot=colours.readable("#4d545c", background),
        rule="#d9dde1",
        accent=accent,
        on_accent=colours.text_on(accent),
    )


def night(colour: str) -> Palette:
    accent = colours.readable(colour, "#2a3037")
    return Palette(
        page="#15181c",
        sheet="#1d2126",
        note="#2a3037",
        ink="#e8eaed",
        quiet="#b3bac2",
        foot="#b3bac2",
        rule="#3a4047",
        accent=accent,
        on_accent=colours.text_on(accent),
    )
