"""The languages of what readers see, and where a page is in each of them.

The address alone says the language of a public page: `/archive/` is in the first language of the installation,
`/ar/archive/` in Arabic. So a cache can tell them apart, and neither a cookie nor a script is needed. A page behind a
mailed link has one address in every language: it speaks the reader's, or the one that `?language=` asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info

from lib.directions import Direction, isolated, opposite, with_directions

ASKED = "language"  # the parameter by which a page behind a mailed link is asked for in another language


@dataclass(frozen=True)
class Language:
    """A language that readers may choose, named in itself."""

    code: str
    name: str
    direction: Direction


def language(code: str) -> Language:
    info = get_language_info(code)
    return Language(code, str(info["name_local"]), "rtl" if info["bidi"] else "ltr")


_FACES = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_ARABIC_FACES = "'Geeza Pro', 'Segoe UI', 'Noto Sans Arabic', Tahoma, Arial, sans-serif"


def layout(code: str) -> dict[str, str]:
    """For the template of a mail: which side lines begin on, since mail programs know no `inline-start`."""
    spoken = language(code)
    start, end = ("right", "left") if spoken.direction == "rtl" else ("left", "right")
    return {
        "language": spoken.code,
        "direction": spoken.direction,
        "other_direction": opposite(spoken.direction),
        "start": start,
        "end": end,
        "faces": _ARABIC_FACES if spoken.code == "ar" else _FACES,
    }


def offered() -> list[Language]:
    """What a reader may choose, the installation's own first."""
    return [language(code) for code in settings.READER_LANGUAGES]


def in_direction(direction: Direction, of: str) -> str:
    """The language of words that run that way within a text in the language `of`: that one, or the only one among those
    offered. Empty where nobody can tell."""
    if language(of).direction == direction:
        return of
    codes = [each.code for each in offered() if each.direction == direction]
    return codes[0] if len(codes) == 1 else ""


def directed(html: str, code: str = "", ignored: re.Pattern[str] | None = None) -> SafeString:
    """Sanitised HTML in that language (the installation's own, unless told), with lang and dir on each paragraph, list,
    cell and caption that runs the other way. `ignored` are marks in the text that are no words."""
    code = code or settings.LANGUAGE_CODE
    ways: tuple[Direction, ...] = ("ltr", "rtl")
    known = {way: other for way in ways if (other := in_direction(way, code))}
    return mark_safe(with_directions(html, language(code).direction, known, ignored))  # noqa: S308 - sanitised before


def apart(text: str) -> str:
    """Words of the institute within a sentence of the language spoken now, in plain text: isolated where they run the
    other way."""
    return isolated(text, language(spoken()).direction)


def is_offered(code: str | None) -> bool:
    return code in settings.READER_LANGUAGES


def language_of(code: str) -> str:
    """The language to write to a reader in who chose this one: another when it is no longer offered, or none was."""
    return code if is_offered(code) else settings.LANGUAGE_CODE


def spoken() -> str:
    """The language of what is being made now, as far as readers may choose it."""
    return language_of(get_language() or "")


def localised(path: str, code: str = "") -> str:
    """The path of a public page in that language, or in the one of what is being made now. The address of another site
    stays as it is."""
    code = code or spoken()
    is_neutral = code == settings.LANGUAGE_CODE or not is_offered(code)
    return path if is_neutral or not path.startswith("/") else f"/{code}{path}"


def whole_address(path: str) -> str:
    """The full address of a path of ours: SITE_URL alone says where that is. That of another site stays as it is."""
    return f"{settings.SITE_URL}{path}" if path.startswith("/") else path


def neutral(path: str) -> str:
    """The path of the same page in the installation's own language."""
    first, _, rest = path.removeprefix("/").partition("/")
    return f"/{rest}" if is_offered(first) and first != settings.LANGUAGE_CODE else path
