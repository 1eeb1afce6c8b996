"""Readable colours for a newsletter's own colour (WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1)."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls

READABLE = 4.5
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


def readable(colour: str, background: str) -> str:
    """The colour, as much lighter or darker as it takes to be read on the background; its hue stays."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = rgb_to_hls(*channels)
    target = 1.0 if _luminance(background) < 0.18 else 0.0
    for step in range(_STEPS + 1):
        mixed = hls_to_rgb(hue, lightness + (target - lightness) * step / _STEPS, saturation)
        found = "#" + "".join(f"{round(channel * 255):02x}" for channel in mixed)
        if contrast(found, background) >= READABLE:
            return found
    return found
