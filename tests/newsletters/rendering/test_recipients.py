"""Why a reader gets a mail, in one sentence, in the language of the edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from newsletters.rendering.recipients import reason
from tests.newsletters.rendering.sample import CONTENT

DAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("language", "cadence", "weekdays", "topics", "sentence"),
    [
        ("en", "none", (), (), "You signed up on 3 March 2026 to get IRIA News."),
        ("en", "none", (), ("US",), "You signed up on 3 March 2026 to get IRIA News. Topics: US."),
        (
            "en", "weekly", (1, 2, 3, 4, 5), ("Middle East", "US"),
            "You signed up on 3 March 2026 to get IRIA News every weekday. Topics: Middle East, US.",
        ),
        ("en", "weekly", (7,), (), "You signed up on 3 March 2026 to get IRIA News every Sunday."),
        ("en", "weekly", (1, 4), (), "You signed up on 3 March 2026 to get IRIA News on Monday and Thursday."),
        (
            "en", "weekly", (1, 3, 5), (),
            "You signed up on 3 March 2026 to get IRIA News on Monday, Wednesday and Friday.",
        ),
        ("en", "weekly", (1, 2, 3, 4, 5, 6, 7), (), "You signed up on 3 March 2026 to get IRIA News every day."),
        ("en", "monthly", (), (), "You signed up on 3 March 2026 to get IRIA News once a month."),
        ("ar", "none", (), (), "اشتركت في 3 مارس 2026 لتلقّي \u2068IRIA News\u2069."),
        (
            "ar", "weekly", (1, 4), ("الشرق الأوسط", "أوروبا"),
            "اشتركت في 3 مارس 2026 لتلقّي \u2068IRIA News\u2069 أيام الاثنين والخميس. الموضوعات: الشرق الأوسط، أوروبا.",
        ),
    ],
)  # fmt: skip
def test_the_reason_says_when_what_and_how_often(
    language: str, cadence: str, weekdays: tuple[int, ...], topics: tuple[str, ...], sentence: str
) -> None:
    content = replace(CONTENT, language=language, cadence=cadence, weekdays=weekdays)
    assert reason(DAY, topics, content) == sentence
