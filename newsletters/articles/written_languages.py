"""The language an article is written in: which there are to choose from, and which one its letters point to.

The guess is no more than a proposal: a script belongs to several languages, and the one that the institute writes in is
taken first. An editor can choose another.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

from django.conf import global_settings, settings
from django.utils.translation import get_language_info

from lib.html_text import html_to_words
from newsletters.models import Article

_READ = 4000  # letters; more say nothing new
# By the first word of a letter's name in Unicode. Where several languages share a script, the one most read in it.
_OF_SCRIPT = {
    "ARABIC": "ar", "ARMENIAN": "hy", "BENGALI": "bn", "CJK": "zh-hans", "CYRILLIC": "ru", "DEVANAGARI": "hi",
    "GEORGIAN": "ka", "GREEK": "el", "HANGUL": "ko", "HEBREW": "he", "HIRAGANA": "ja", "KATAKANA": "ja",
    "KHMER": "km", "LATIN": "en", "TAMIL": "ta", "TELUGU": "te", "THAI": "th",
}  # fmt: skip


def choices() -> list[tuple[str, str]]:
    """Code and name, each in its own language: those of the institute's readers first, then all that Django knows."""
    first = list(settings.READER_LANGUAGES)
    others = sorted(code for code, _name in global_settings.LANGUAGES if code not in first)
    return [(code, str(get_language_info(code)["name_local"])) for code in [*first, *others]]


def is_known(code: str) -> bool:
    return code in dict(choices())


def guess(title: str, summary: str, body: str) -> str:
    """The language whose script most letters have; the installation's own where that is written in it, too."""
    script = _script(f"{title} {summary} {html_to_words(body)}"[: 4 * _READ])
    of_institute = [settings.LANGUAGE_CODE, *settings.READER_LANGUAGES]
    for code in of_institute:
        if script in (None, _script(str(get_language_info(code)["name_local"]))):
            return code
    return _OF_SCRIPT.get(script or "", settings.LANGUAGE_CODE)


def guessed(article: Article) -> str:
    return guess(article.title, article.summary, article.body)


def _script(text: str) -> str | None:
    """The one that most letters are in, by Unicode's name for it; None where there is no letter."""
    letters = [character for character in text if character.isalpha()][:_READ]
    counted = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    japanese = counted["HIRAGANA"] + counted["KATAKANA"]
    if japanese and counted["CJK"]:  # which Japanese is written in as well
        counted["HIRAGANA"] += counted.pop("CJK")
    return counted.most_common(1)[0][0] if letters else None
