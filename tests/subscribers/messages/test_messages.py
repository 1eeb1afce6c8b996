"""The mails to one person, whole, in every language: golden files, whose diffs are reviewed like changes of code."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from mail.models import Message
from mail.outbox.kinds import write_message
from subscribers import sample_editions
from subscribers.models import MailingList, Subscriber, Subscription, Topic, TopicSelection
from subscribers.sample_editions import SampleEdition

GOLDEN = Path(__file__).parent / "golden"
ASKED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KINDS = ("confirmation", "reminder", "welcome", "preferences_link", "preferences_link.already")
LANGUAGES = ("en", "ar")
DESCRIPTION = "Our new articles, on weekday mornings when there are any."
SIDES = {"en": ("ltr", "left"), "ar": ("rtl", "right")}
# A column says “left” in every language, and each text within it says where it begins.
COLUMN = re.compile(r'<div class="mj-outlook-group-fix[^>]*>')
SAMPLE = SampleEdition("Who may pass & why", "/archive/iria-news-7/", date(2026, 3, 2), "en", "desk@iria.example")


def written(kind: str, language: str) -> EmailMultiAlternatives:
    """The mail with fixed ids and dates."""
    news = MailingList.objects.create(
        pk=9003, name="IRIA News", slug="iria-news", description=DESCRIPTION,
        from_name="IRIA News", from_email="news@iria.example", postal_address="1 Example Street\nSampleton",
    )  # fmt: skip
    review = MailingList.objects.create(pk=9004, name="Weekly <Review>", slug="review", position=200)
    topics = [Topic.objects.create(name=name, slug=name.lower().replace(" ", "-")) for name in ("Middle East", "US")]
    person = Subscriber.objects.create(pk=9009, email="ada@example.org", name="Ada", language=language)
    pending = kind in {"confirmation", "reminder"}
    for pk, mailing_list in ((9011, news), (9012, review)):
        Subscription.objects.create(
            pk=pk, subscriber=person, mailing_list=mailing_list, requested_at=ASKED,
            status="pending" if pending else "confirmed", confirmed_at=None if pending else ASKED,
            selection=TopicSelection.of(topics) if mailing_list == news else None,
        )  # fmt: skip
    context = {"subscriptions": [9011, 9012], "asked_at": int(ASKED.timestamp()), "already": kind.endswith("already")}
    row = Message.objects.create(
        kind=kind.partition(".")[0], subscriber_id=person.pk, address=person.email, context=context, due_at=ASKED
    )
    return write_message(row)


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
    styles = set(re.findall(r"(?:direction|text-align): ?(\w+)", COLUMN.sub("", html)))
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
        "Who may pass", "why", "1 Example Street", "Sampleton", "desk@iria.example", "UTC",
    ):  # fmt: skip
        shown = shown.replace(known, " ")
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://\S+", "", shown)) == []


def test_without_reminders_none_is_promised(settings: Settings) -> None:
    settings.SIGNUP_REMINDERS_A_DAY = 0
    assert "reminder" not in str(written("confirmation", "en").body)
