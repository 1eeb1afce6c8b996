"""The designs that a newsletter may have, and the fonts.

A design is a folder in templates/emails/designs/: `about.txt` says its name, what it is good for and which fonts it is
meant for, a line each, and may say “by topic” in a fourth; `body.mjml` extends the frame that all share,
emails/edition/body.mjml; a block that looks different in it has a template of its own there, and any other is the
kind's own, in newsletters/blocks/. Nothing else names the designs: a folder that is there can be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.template import Engine
from django.template.loader import render_to_string, select_template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from subscribers import languages

USUAL = "headlines"
OWN = "own"  # MJML of the newsletter's own, see newsletters.rendering.custom
_FOLDER = "emails/designs"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Stacks of fonts that computers and telephones have: a mail brings none along."""

    text: SafeString
    headings: SafeString


# Safe: an escaped apostrophe has a semicolon, which ends a declaration.
_SANS = SafeString("-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif")
_SERIF = SafeString("Georgia, 'Times New Roman', serif")
_BOOK = SafeString("'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif")
_WIDE = SafeString("Verdana, Geneva, 'DejaVu Sans', sans-serif")
FONTS = {
    "mixed": Fonts(_SANS, _SERIF),
    "sans": Fonts(_SANS, _SANS),
    "serif": Fonts(_SERIF, _SERIF),
    "book": Fonts(_BOOK, _BOOK),
    "wide": Fonts(_WIDE, _WIDE),
}
FONT_CHOICES = [
    ("", _("the design's own")),
    ("mixed", _("serif headlines, sans-serif text (Georgia, the system font)")),
    ("sans", _("sans-serif (the system font)")),
    ("serif", _("serif (Georgia)")),
    ("book", _("book serif (Palatino)")),
    ("wide", _("wide sans-serif (Verdana)")),
]


@dataclass(frozen=True, slots=True)
class Design:
    """`name` is the folder's; the title and the sentence are in the language in which they were asked for."""

    name: str
    title: str
    about: str
    font: str
    by_topic: bool = False  # articles that nobody put under headings are sorted by their topics

    @property
    def body(self) -> str:
        return f"{_FOLDER}/{self.name}/body.mjml"

    def fonts(self, font: str, language: str) -> Fonts:
        """The fonts that were chosen, or those that the design is meant for; in Arabic those that have its letters."""
        if language == "ar":
            faces = SafeString(languages.layout(language)["faces"])
            return Fonts(faces, faces)
        return FONTS.get(font) or FONTS[self.font]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The folders that are there, the usual design first."""
    folders = [Path(folder) / _FOLDER for folder in Engine.get_default().dirs]
    found = {path.parent.name for folder in folders for path in folder.glob("*/about.txt")}
    return tuple(sorted(found, key=lambda name: (name != USUAL, name)))


def design(name: str) -> Design:
    """The design of that name. One that is gone from the disk, or never was there, is the usual one: an edition that
    was approved must go out."""
    known = name if name in names() else USUAL
    title, about, font, *rest = render_to_string(f"{_FOLDER}/{known}/about.txt").splitlines()
    return Design(known, title, about, font, by_topic="by topic" in rest)


def designs() -> list[Design]:
    return [design(name) for name in names()]


@lru_cache(maxsize=64)
def template_of(design: str, kind: str) -> str:
    """The name of the template that shows a kind of block in a design."""
    designed, shared = f"{_FOLDER}/{design}/{kind}.mjml", f"{kind}/mail.mjml"
    return designed if select_template([designed, shared]).template.name == designed else shared
