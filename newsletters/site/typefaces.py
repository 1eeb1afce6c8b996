"""The typefaces that an institute may choose for its pages. Each is served by ourselves, so that no reader is told to
another company and no page waits for one; static/site/faces/ holds the files and their licences (all SIL OFL 1.1).

Arabic has faces of its own, whatever is chosen: site.css brings Noto Naskh Arabic along, which has no other letters. So
words in another script have the chosen face on Arabic pages, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, P052, Charter, Georgia, "Noto Naskh Arabic", serif'
_SANS = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Noto Sans Arabic", "Liberation Sans", Arial, sans-serif'  # noqa: E501


@dataclass(frozen=True, slots=True)
class Typeface:
    """`serif` sets what is read, `sans` what one finds one's way by. `files` names a style sheet and a folder in
    static/site/faces/; empty: the reader's device has them."""

    serif: str
    sans: str
    files: str = ""


# By the name under which the institute keeps its choice; the empty one is the usual.
TYPEFACES = {
    "": Typeface(f'"Source Serif 4", {_SERIF}', _SANS, "source-serif-4"),
    "newsreader": Typeface(f"Newsreader, {_SERIF}", _SANS, "newsreader"),
    "inter": Typeface(f"Inter, {_SANS}", f"Inter, {_SANS}", "inter"),
    "system": Typeface(_SERIF, _SANS),
}


def typeface(name: str) -> Typeface:
    """The typeface of that name. One that is gone is the usual one."""
    return TYPEFACES.get(name) or TYPEFACES[""]


# A PDF needs files, not names. The first has the Latin alphabet, each further one the letters that others lack.
_PRINTED = ("inter/latin", "inter/latin-ext", "inter/cyrillic", "inter/greek", "inter/vietnamese")
_FACES = Path(__file__).resolve().parent.parent / "static" / "site" / "faces"


def printed_faces() -> list[Path]:
    """The same for every institute: one without serifs, for small print, and the Arabic one."""
    return [_FACES / f"{name}.woff2" for name in (*_PRINTED, "noto-naskh-arabic/arabic")]
