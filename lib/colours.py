"""Colours that can be read, made of a colour that somebody chose (WCAG 2.2: 1.4.3 asks a contrast of 4.5 to 1 for
words, 1.4.11 of 3 to 1 for the edge of a control)."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls

READABLE = 4.5
VISIBLE = 3.0
_STEPS = 40


def is_colour(text: str) -> bool:
    """Is it one that the functions here take, `#rrggbb`?"""
    return re.fullmatch(r"#[0-9A-Fa-f]{6}", text) is not None


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """Near-white or near-black, whichever reads better on the background."""
    return max(("#fdfdfc", "#16181b"), key=lambda text: contrast(text, background))


def readable(colour: str, background: str, ratio: float = READABLE) -> str:
    """The colour, as much lighter or darker as it takes to stand out from the background; its hue stays."""
    target = 1.0 if _luminance(background) < 0.18 else 0.0
    for step in range(_STEPS + 1):
        found = _towards(colour, target, step / _STEPS)
        if contrast(found, background) >= ratio:
            return found
    return found


def shade(colour: str, share: float) -> str:
    """A shade of it on which its words (`text_on`) read even better: that share of the way to their opposite."""
    return _towards(colour, 0.0 if _luminance(text_on(colour)) > 0.5 else 1.0, share)


def surface(colour: str) -> str:
    """The colour as a surface for words. A few, pure red for one, are a little too dark for dark words and too bright
    for bright ones: those give way as little as it takes."""
    for step in range(_STEPS):
        found = shade(colour, step / _STEPS) if step else colour.lower()
        if contrast(text_on(found), found) >= READABLE:
            break
    return found


def _towards(colour: str, lightness: float, share: float) -> str:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, now, saturation = rgb_to_hls(*channels)
    mixed = hls_to_rgb(hue, now + (lightness - now) * share, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in mixed)
