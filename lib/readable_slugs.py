"""The last part of a page's address, made of a headline or a name and readable in the script that it is written in.

Latin letters lose their accents (“Łódź” → `lodz`), because people type addresses and say them on the telephone. Other
scripts stay as they are: browsers and search engines show them, and a transliteration of Arabic, which leaves out its
vowels, can be read by nobody. Within Iria a slug is Unicode in normal form C; in an address it is percent-encoded
(RFC 3986, section 2.5), which is what `path_of` does.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from lib.characters import TooManyMarks, composed, decomposed

_WORKS = re.compile(r"[-_]*[a-zA-Z0-9][-a-zA-Z0-9_]*")  # of Django's slugs
if TYPE_CHECKING:
    SlugFieldBase = models.SlugField[str, str]
else:
    SlugFieldBase = models.SlugField

LONGEST_ENCODED = 600  # bytes of a percent-encoded slug; mail programs and messengers break longer addresses
_LATIN = {"ß": "ss", "ẞ": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_APOSTROPHES = "'’‘ʼʻ`´"
# Vowel signs that Arabic and Hebrew are written without, and the stroke that only stretches a word. In Indic scripts
# and Thai the marks are letters.
_OPTIONAL = {0x0640, 0x0670}.union(
    range(0x0591, 0x05C8), range(0x0610, 0x061B), range(0x064B, 0x0653), range(0x0656, 0x0660)
)


def readable_slug(words: str, *, most: int = 100) -> str:
    """Letters, their marks and digits in lower case with hyphens between; at most so many characters, cut after a
    word where there is one. Empty where nothing can be said in an address. Raises `TooManyMarks`."""
    kept = []
    for character in _without_accents(composed(words[: 4 * most])).lower():
        if character in _APOSTROPHES or ord(character) in _OPTIONAL:
            continue
        kept.append(character if unicodedata.category(character)[0] in "LMN" else "-")
    return _cut([part for part in "".join(kept).split("-") if not all(map(_is_mark, part))], most)


def typed_slug(typed: str, *, most: int = 100) -> str:
    """What somebody typed as an address: as it is where it works, else made into one that does."""
    return typed if len(typed) <= most and _WORKS.fullmatch(typed) else readable_slug(typed, most=most)


def path_of(slug: str) -> str:
    """As it stands in an address."""
    return quote(slug, safe="-")


def _without_accents(words: str) -> str:
    return "".join(map(_plain, words))


def _plain(character: str) -> str:
    if character.isascii() or not unicodedata.name(character, "").startswith("LATIN"):
        return character
    lower = character.lower()
    return _LATIN.get(lower) or "".join(each for each in decomposed(lower) if not _is_mark(each))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _cut(parts: list[str], most: int) -> str:
    slug = ""
    for part in parts:
        longer = f"{slug}-{part}" if slug else part
        if len(longer) > most or len(quote(longer)) > LONGEST_ENCODED:
            break
        slug = longer
    if not slug and parts:
        slug = parts[0][:most]
        while len(quote(slug)) > LONGEST_ENCODED:
            slug = slug[:-1]
    return slug


def validate_readable_slug(value: str) -> None:
    if typed_slug(value, most=max(1, len(value))) != value:
        raise ValidationError(_("An address is made of letters, digits and hyphens."), code="invalid")


class ReadableSlugFormField(forms.CharField):
    """Whatever is typed becomes an address that works."""

    allow_unicode = True  # for the admin's script, which fills it in from the name

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        try:
            slug = typed_slug(typed, most=self.max_length or 100)
        except TooManyMarks as problem:
            raise ValidationError(str(problem), code="invalid") from None
        if typed and not slug:
            raise ValidationError(_("An address needs at least one letter or digit."), code="invalid")
        return slug


class ReadableSlugField(SlugFieldBase):
    """The column is that of Django's SlugField, so migrations know it by that name."""

    default_validators = [validate_readable_slug]

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.SlugField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return models.CharField.formfield(self, **{"form_class": ReadableSlugFormField, **kwargs})


class ReadableSlugConverter:
    """A slug in a URLconf: any text in normal form C without a slash, since the database decides what there is."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        if len(value) > LONGEST_ENCODED:
            raise ValueError
        return composed(value)

    def to_url(self, value: str) -> str:
        return value
