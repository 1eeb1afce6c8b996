"""The language of an article: proposed by its letters, chosen by an editor, kept when the text goes on."""

from __future__ import annotations

from typing import Any

import pytest

from newsletters.articles import written_languages
from newsletters.articles.writing import save_article
from tests.factories import make_article


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What is known", "en"),
        ("ماذا نعرف عن NATO؟", "ar"),
        ("Что известно", "ru"),
        ("מה ידוע", "he"),
        ("日本語の記事です", "ja"),
        ("我们知道什么", "zh-hans"),
        ("Τι γνωρίζουμε", "el"),
        ("2026: 14–15", "en"),
        ("", "en"),
    ],
)
def test_a_guess_by_the_letters(text: str, code: str) -> None:
    assert written_languages.guess(text, "", "") == code
    assert written_languages.is_known(code)


def test_the_institutes_own_language_comes_first(settings: Any) -> None:
    settings.LANGUAGE_CODE, settings.READER_LANGUAGES = "fr", ["fr", "fa"]
    assert written_languages.guess("Ce que l’on sait", "", "") == "fr"
    assert written_languages.guess("آنچه می‌دانیم", "", "") == "fa"
    assert written_languages.guess("Что известно", "", "") == "ru"


@pytest.mark.django_db
def test_it_follows_the_text_until_somebody_chooses() -> None:
    article = save_article(make_article(title="Working title", body="<p>To come.</p>"))
    assert article.language == "en"
    article.title, article.body = "ماذا نعرف؟", "<p>نص عربي طويل عن الهدنة.</p>"
    assert save_article(article).language == "ar"
    article.language = "fa"
    assert save_article(article).language == "fa"
    article.body = "<p>An English text, and a long one, too.</p>"
    assert save_article(article).language == "fa"


def test_the_languages_of_the_readers_are_offered_first() -> None:
    codes = [code for code, _name in written_languages.choices()]
    assert codes[:2] == ["en", "ar"]
    assert len(codes) == len(set(codes))
