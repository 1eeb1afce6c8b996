"""The typefaces that an institute may choose for its pages. Each is served by ourselves, so that no reader is told to
another company and no page waits for one; static/site/faces/ holds the files and their licences (all SIL OFL 1.1).

Arabic always has faces of its own: site.css brings Noto Naskh Arabic along.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, P052, Charter, Georgia, "Noto Naskh Arabic", serif'
_SANS = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif'  # noqa: E501


@dataclass(frozen=True, slots=True)
class Typeface:
    """`serif` sets what is read, `sans` what one finds one's way by. `files` names a style sheet and a folder in
    static/site/faces/; empty: the reader's device has them."""

    title: str | Promise
    serif: str
    sans: str
    files: str = ""


TYPEFACES = {
    "": Typeface(
        _("Source Serif: calm and clear, for long reading"), f'"Source Serif 4", {_SERIF}', _SANS, "source-serif-4"
    ),
    "newsreader": Typeface(
        _("Newsreader: a newspaper’s serif, narrower and livelier"), f"Newsreader, {_SERIF}", _SANS, "newsreader"
    ),
    "inter": Typeface(_("Inter: sans-serif for everything"), f"Inter, {_SANS}", f"Inter, {_SANS}", "inter"),
    "system": Typeface(_("The reader’s own fonts: nothing to download"), _SERIF, _SANS),
}  # fmt: skip
CHOICES = [(name, face.title) for name, face in TYPEFACES.items()]


def typeface(name: str) -> Typeface:
    """The typeface of that name. One that is gone is the usual one."""
    return TYPEFACES.get(name) or TYPEFACES[""]
