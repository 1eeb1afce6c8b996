"""Words that look like others: “аdmin” with a Cyrillic а. Two questions of Unicode's UTS 39 in the small: is a word of
one script, and does it look like a given Latin word. The letters are those of UTS 39 (confusables.txt) in scripts that
a newsroom writes and browsers show in one typeface; what decomposes (full width, mathematics, accents) needs no list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lib.characters import decomposed

_LOOKS = {
    # Cyrillic
    "а": "a", "в": "b", "ь": "b", "с": "c", "ԁ": "d", "е": "e", "ҽ": "e", "є": "e", "ғ": "f", "ԍ": "g", "һ": "h",
    "н": "h", "ћ": "h", "і": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q",
    "г": "r", "ѕ": "s", "т": "t", "ц": "u", "и": "u", "ѵ": "v", "ԝ": "w", "ѡ": "w", "х": "x", "у": "y", "ү": "y",
    "з": "3", "б": "6",
    # Greek
    "α": "a", "β": "b", "δ": "d", "ε": "e", "ϱ": "p", "ι": "i", "ϳ": "j", "κ": "k", "η": "n",
    "ο": "o", "σ": "o", "ρ": "p", "τ": "t", "υ": "u", "μ": "u", "ν": "v", "ω": "w", "χ": "x", "γ": "y",
    # Armenian
    "ց": "g", "հ": "h", "ի": "h", "յ": "j", "լ": "l", "ո": "n", "օ": "o", "զ": "q", "ս": "u", "ա": "w",
    # Latin letters that aren't those of the alphabet
    "ɑ": "a", "ɡ": "g", "ɩ": "i", "ȷ": "j", "ɴ": "n", "ʋ": "v", "ʏ": "y",
}  # fmt: skip
# Letters and digits that are one shape in many typefaces, on either side of a comparison.
_SAME = str.maketrans({"0": "o", "1": "l", "i": "l", "3": "e", "5": "s", "6": "b"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")
# Japanese and Korean are written in several.
_ONE_IN_WRITING = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "BOPOMOFO": "CJK", "KATAKANA-HIRAGANA": "CJK"}


def mixes_scripts(word: str) -> bool:
    """Whether its letters are of more than one script. Digits and marks belong to every script."""
    return len({_script(letter) for letter in word if unicodedata.category(letter).startswith("L")}) > 1


def looks_like_any(word: str, others: Iterable[str]) -> bool:
    """Whether a person may take the word for one of the others. It looks like itself."""
    shape = _shape(word)
    return any(shape == _shape(other) for other in others)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    first = name.partition(" ")[0]
    return _ONE_IN_WRITING.get(first, first)


def _shape(word: str) -> str:
    plain = "".join(each for each in decomposed(word.casefold()) if not unicodedata.category(each).startswith("M"))
    shape = "".join(_latin(letter) for letter in plain.casefold()).translate(_SAME)
    for pair, one in _PAIRS:
        shape = shape.replace(pair, one)
    return shape


def _latin(letter: str) -> str:
    if letter.isascii():
        return letter
    small = _SMALL_CAPITAL.fullmatch(unicodedata.name(letter, ""))
    return small[1].lower() if small else _LOOKS.get(letter, letter)
