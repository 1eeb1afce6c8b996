"""The mails to one person, whole, in every language: golden files, whose diffs are reviewed like changes of code."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from mail.outbox.kinds import write_message
from mail.writing.message import Mail
from subscribers import sample_editions
from tests.every_mail import ASKED, DESCRIPTION, KINDS, LANGUAGES, SAMPLE, message_row
from tests.factories import make_page

pytestmark = pytest.mark.either_database
GOLDEN = Path(__file__).parent / "golden"
SIDES = {"en": ("ltr", "left"), "ar": ("rtl", "right")}
# A column says “left” in every language, and each text within it says where it begins.
OTHER_WAY = re.compile(r'<(?!html)[a-z0-9]+ [^>]*\bdir="[^>]*>')  # words that run the other way than the message
COLUMN = re.compile(r'<div class="mj-outlook-group-fix[^>]*>')


def written(kind: str, language: str) -> Mail:
    return write_message(message_row(kind, language))


@pytest.fixture(autouse=True)
def _a_moment_with_a_sample(db: None, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sample_editions, "_sources", [lambda lists: {each.pk: SAMPLE for each in lists}])
    with time_machine.travel(ASKED, tick=False):
        yield


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_message_is_the_golden_one(kind: str, language: str) -> None:
    """Run with GOLDEN=write to accept a change."""
    message = written(kind, language)
    html = str(message.alternatives[0][0])
    made = {
        f"{kind}.{language}.txt": f"{message.subject}\n\n{message.body}",
        f"{kind}.{language}.html": html,
    }
    for name, text in made.items():
        if os.environ.get("GOLDEN") == "write":
            GOLDEN.mkdir(exist_ok=True)
            (GOLDEN / name).write_text(text)
        assert text == (GOLDEN / name).read_text(), name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_readable_as_text_and_begins_its_lines_where_its_language_does(kind: str, language: str) -> None:
    message = written(kind, language)
    html = str(message.alternatives[0][0])
    right, wrong = SIDES[language], SIDES["en" if language == "ar" else "ar"]
    assert f'<html lang="{language}" dir="{right[0]}"' in html
    ours = OTHER_WAY.sub("", COLUMN.sub("", html))
    styles = set(re.findall(r"(?:direction|text-align): ?(\w+)", ours))
    assert set(right) <= styles
    assert not styles & set(wrong)
    lines = message.body.splitlines()
    assert all(len(line) <= 76 for line in lines if "://" not in line)
    assert all(line.startswith("https://") for line in lines if "://" in line)
    assert "\n\n\n\n" not in message.body
    assert len(message.subject) <= 60


@pytest.mark.parametrize("kind", KINDS)
def test_an_arabic_message_says_nothing_of_its_own_in_latin_letters(kind: str) -> None:
    message = written(kind, "ar")
    html = str(message.alternatives[0][0])
    shown = re.sub(r"<(style|head)\b.*?</\1>|<!--.*?-->|<[^>]+>|&\w+;", " ", html, flags=re.DOTALL)
    # What the institute wrote, and what is the same everywhere.
    for known in (
        "IRIA News", "Weekly", "Review", DESCRIPTION, "Middle East", "US",
        "Who may pass", "why", "A shore", "1 Example Street", "Sampleton", "desk@iria.example", "UTC",
        "ada@example.org", "ada@new.example",
    ):  # fmt: skip
        shown = shown.replace(known, " ")
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://\S+", "", shown)) == []


def test_without_reminders_none_is_promised(settings: Settings) -> None:
    settings.SIGNUP_REMINDERS_A_DAY = 0
    assert "reminder" not in str(written("confirmation", "en").body)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_leads_to_the_imprint_and_the_privacy_notice(kind: str) -> None:
    make_page(title="Privacy & cookies", slug="privacy")
    make_page(kind="imprint", title="بيانات الناشر", slug="nashir", language="ar")
    make_page(kind="about", title="About us")
    message = written(kind, "ar")
    html = str(message.alternatives[0][0])
    for title, path in (("Privacy & cookies", "/ar/privacy/"), ("بيانات الناشر", "/ar/nashir/")):
        assert f"\n{title}:\nhttps://news.iria.example{path}" in message.body
        assert f'href="https://news.iria.example{path}"' in html and escape(title) in html
    assert "About us" not in html + message.body
