"""Words in letters of another script."""

from __future__ import annotations

import pytest

from lib.lookalikes import _LOOKS, looks_like_any, mixes_scripts

RESERVED = ("admin", "archive", "search", "subscribe", "feed", "inbox", "media", "topics")


@pytest.mark.parametrize(
    "word",
    [
        "admin", "аdmin", "αdmin", "аԁміп", "adrnin", "adm1n", "ａｄｍｉｎ", "ᴀᴅᴍɪɴ", "𝐚𝐝𝐦𝐢𝐧", "ádmin", "аrchive",
        "агсһіѵе", "ѕеагсһ", "search", "ꜱearch", "fееd", "ｆｅｅｄ", "ΤOPICS", "inbоx", "1nb0x", "mediа",
    ],
)  # fmt: skip
def test_what_looks_like_a_reserved_word_is_found(word: str) -> None:
    assert looks_like_any(word, RESERVED)


@pytest.mark.parametrize(
    "word", ["administration", "архив", "αρχείο", "الأرشيف", "поиск", "検索", "kontakt", "about", "feeds", "ադմին", ""]
)
def test_an_honest_word_is_not(word: str) -> None:
    assert not looks_like_any(word, RESERVED)


def test_each_letter_of_the_list_looks_like_one() -> None:
    for letter, latin in _LOOKS.items():
        assert looks_like_any(letter, [latin]), letter


@pytest.mark.parametrize("word", ["prіvacy", "pαge", "имprint", "aлeф", "pageصفحة"])
def test_a_word_of_two_scripts_mixes_them(word: str) -> None:
    assert mixes_scripts(word)


@pytest.mark.parametrize(
    "word", ["privacy", "2026年", "東京タワー", "お知らせ", "الخصوصية2", "łódź", "नीति", "", "2026"]
)
def test_a_word_of_one_script_does_not(word: str) -> None:
    assert not mixes_scripts(word)
