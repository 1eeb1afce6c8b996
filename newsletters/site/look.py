"""The colours and faces of the institute's pages, as custom properties for site.css: one accent makes both schemes.

On surfaces the accent stays itself, so yellow stays yellow, with dark words on it; where it is the colour of words or
of a control's edge it becomes as much darker or lighter as it takes to be seen. Without an accent the pages have the
house's own colours.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString

from lib import colours
from newsletters.models import Institute
from newsletters.site.typefaces import typeface

_LIGHT = {
    "paper": "#fbfaf7", "sheet": "#ffffff", "ink": "#191c20", "soft": "#555b63", "rule": "#d9d5cb",
    "rule-strong": "#191c20", "tint": "#f1ede3", "ok": "#1d6337", "ok-tint": "#e6f2e9", "bad": "#a21b1b",
    "bad-tint": "#fbeaea", "focus": "#b4530a", "mark": "#fbe3a6",
    "accent": "#a33d17", "link": "#1c4a80", "link-hover": "#8c3415", "bar": "#17304f", "button": "#17304f",
    "button-edge": "#17304f", "button-hover": "#0f2138", "button-ink": "#ffffff",
}  # fmt: skip
_DARK = {
    "paper": "#12161c", "sheet": "#191f27", "ink": "#e8e5de", "soft": "#a7adb5", "rule": "#313a45",
    "rule-strong": "#7d8894", "tint": "#1b222b", "ok": "#8fd3a4", "ok-tint": "#16281c", "bad": "#ff9f97",
    "bad-tint": "#33191a", "focus": "#f5b26b", "mark": "#5a4310",
    "accent": "#ee976b", "link": "#9cc2ee", "link-hover": "#f0a37e", "bar": "#c9d8ea", "button": "#c9d8ea",
    "button-edge": "#c9d8ea", "button-hover": "#ffffff", "button-ink": "#12161c",
}  # fmt: skip
PAPER = (_LIGHT["paper"], _DARK["paper"])
_HOVER = 0.18  # how much of another shade something has under the pointer
_last: list[SafeString] = []  # one, once a page was made


def palette(accent: str, *, dark: bool) -> dict[str, str]:
    """The colours of one scheme, `#rrggbb` by their names in site.css."""
    base = _DARK if dark else _LIGHT
    if not colours.is_colour(accent):
        return base
    # On the tint, which is the harder of the two to read on: what is readable there is readable on the paper.
    words = colours.readable(accent.lower(), base["tint"])
    seen = colours.readable(accent.lower(), base["paper"], colours.VISIBLE) if dark else accent.lower()
    surface = colours.surface(seen)
    return base | {
        "accent": words,
        "link": words,
        "link-hover": base["ink"],
        "bar": surface,
        "button": surface,
        "button-edge": colours.readable(accent.lower(), base["tint"], colours.VISIBLE),
        "button-hover": colours.shade(surface, _HOVER),
        "button-ink": colours.text_on(surface),
    }


@lru_cache(maxsize=32)
def style_sheet(accent: str, face: str) -> SafeString:
    """A style sheet of custom properties: the scheme of the reader's device, or the one that they chose on the page."""
    light, dark = (_properties(palette(accent, dark=dark)) for dark in (False, True))
    chosen = typeface(face)
    # Safe: only colours that are `#rrggbb` and faces that are named in code come this far.
    return SafeString(
        f":root{{color-scheme:light dark;{light}--serif:{chosen.serif};--sans:{chosen.sans};}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-scheme=light]){{{dark}}}}}"
        f':root:lang(ar){{--serif:"Noto Naskh Arabic",{chosen.serif}}}'
        f":root[data-scheme=dark]{{color-scheme:dark;{dark}}}:root[data-scheme=light]{{color-scheme:light}}"
    )


def style_of(institute: Institute) -> SafeString:
    style = style_sheet(institute.accent, institute.typeface)
    _last[:] = [style]
    return style


def last_style() -> SafeString:
    """What pages looked like when one was made last, for pages that may ask nobody: of an error, say."""
    return _last[0] if _last else style_sheet("", "")


def _properties(palette: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in palette.items())
