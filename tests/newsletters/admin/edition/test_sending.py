"""Sending from the admin: two steps, one start, every button with its permission, and a ledger that adds up."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from newsletters import tasks
from newsletters.admin.edition import preflight
from newsletters.delivery.engine import freezing
from newsletters.editions import editing
from newsletters.editions.drafts import Draft, draft_of
from newsletters.editions.preflight import inspecting
from newsletters.models import Article, Edition, Newsletter
from subscribers.models import Subscriber
from subscribers.segments import counting
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
)
from tests.newsletters.admin.edition.conftest import at, status_of, words
from tests.newsletters.delivery.audience.test_segments import make_segment

pytestmark = pytest.mark.django_db


# --- Send ---------------------------------------------------------------------------------------------------------
def test_the_first_step_says_what_will_happen_and_changes_nothing(publisher: Client, edition: Edition) -> None:
    page = words(edition, publisher, "send/")
    assert "Send <em>Iria Weekly</em> to 43 readers of IRIA News now." in page
    assert "Send to 43 readers of IRIA News now</button>" in page
    assert status_of(edition) == "draft"


def test_readers_of_other_topics_and_who_pauses_are_not_counted(publisher: Client) -> None:
    water, fire = make_topic(name="Water"), make_topic(name="Fire")
    mailing_list = make_list(name="Elements", topics=[water, fire])
    make_reader(mailing_list)
    make_reader(mailing_list, topics=[water])
    make_reader(mailing_list, topics=[fire])
    pausing = make_reader(mailing_list)
    pausing.paused_until = timezone.now() + timedelta(days=7)
    pausing.save()
    suppressed = make_reader(mailing_list)
    Subscriber.objects.filter(pk=suppressed.pk).update(is_suppressed=True)
    edition = make_edition(make_newsletter(mailing_list=mailing_list), articles=[make_article(topics=[water])])
    page = words(edition, publisher, "send/")
    assert "Send to 2 readers of Elements now</button>" in page
    assert "<b>1</b> no article on the topics they follow" in page
    assert "<b>1</b> paused by the reader" in page


def test_opening_the_page_has_links_and_dns_looked_at(
    publisher: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[tuple[Any, ...]] = []
    monkeypatch.setattr(preflight, "nudge", lambda task, *args: nudged.append((task, *args)))
    assert "Checking the links…" in words(edition, publisher, "send/")
    words(edition, publisher, "send/")
    assert nudged == [(tasks.inspect_edition, edition.pk)]
    assert inspecting.wanted() == [edition.pk]


def test_the_second_step_sends(publisher: Client, edition: Edition) -> None:
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "Iria Weekly goes out in 60 seconds. You can still undo it." in answer.content.decode()
    edition.refresh_from_db()
    assert (edition.status, edition.queued_by) == ("queued", "publisher")


def test_an_audience_that_takes_too_long_to_count_can_be_sent_to_and_the_pages_say_so(
    publisher: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make_segment("Slow", {"field": "tag", "is": "empty"})
    edition = editing.save(
        edition.pk, replace(draft_of(edition), include_segments=(segment.pk,)), revision=edition.revision
    )
    monkeypatch.setattr(counting, "LONGEST_COUNT", -1)
    page = words(edition, publisher, "send/")
    assert "Send to its readers now</button>" in page
    assert "Counting takes longer than" in page
    assert "Nobody would get it" not in page
    assert "Counting takes longer than" in publisher.get(at(edition, "audience/")).content.decode()
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    assert status_of(edition) == "queued"
    Edition.objects.filter(pk=edition.pk).update(send_at=timezone.now(), held_until=None)
    assert freezing.start(edition.pk)  # a worker has the time
    edition.refresh_from_db()
    assert edition.recipients == 43


def test_the_second_press_is_told_who_started_it_and_when(
    publisher: Client, browser_of: Callable[[str], Client], edition: Edition
) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    other = browser_of("Owner")
    answer = other.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "publisher already sent this edition at" in answer.content.decode()
    assert "publisher already sent Iria Weekly:" in words(edition, other, "send/")


def test_what_was_changed_since_the_page_was_opened_is_not_sent(publisher: Client, edition: Edition) -> None:
    editing.reword(edition, subject="New")
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "changed since you opened it" in answer.content.decode()
    assert status_of(edition) == "draft"


def seen_on(page: str) -> dict[str, str]:
    """The hidden fields that say what the page showed."""
    found = dict(re.findall(r'<input type="hidden" name="(fingerprint|revision)" value="([^"]+)">', page))
    assert set(found) == {"fingerprint", "revision"}
    return found


def change_article() -> None:
    Article.objects.update(title="Not what she read")


def change_list() -> None:
    Newsletter.objects.update(mailing_list=make_reader(make_list(name="Everybody")).subscriptions.get().mailing_list)


def change_sender() -> None:
    Newsletter.objects.update(from_email="else@iria.example")


@pytest.mark.parametrize("change", [change_article, change_list, change_sender])
def test_what_lies_around_the_draft_and_was_changed_since_is_not_sent(
    publisher: Client, edition: Edition, change: Callable[[], None]
) -> None:
    form = seen_on(words(edition, publisher, "send/")) | {"when": "now"}
    change()
    answer = publisher.post(at(edition, "send/"), form, follow=True)
    assert "has changed since you opened the page" in answer.content.decode()
    assert status_of(edition) == "draft"
    form = seen_on(words(edition, publisher, "send/")) | {"when": "now"}
    publisher.post(at(edition, "send/"), form)
    assert status_of(edition) == "queued"


@pytest.mark.parametrize(
    ("field", "sentence"),
    [("from_email", "The newsletter has no sender"), ("postal_address", "The newsletter has no postal address")],
)
def test_a_newsletter_without_sender_or_address_blocks_with_a_link_to_the_field(
    publisher: Client, edition: Edition, field: str, sentence: str
) -> None:
    Newsletter.objects.update(**{field: ""})
    for page in (words(edition, publisher), words(edition, publisher, "send/")):
        assert sentence in page
        assert f"/admin/newsletters/newsletter/{edition.newsletter_id}/change/#id_{field}" in page
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert sentence in answer.content.decode()
    assert status_of(edition) == "draft"


def test_an_empty_edition_is_not_sent(publisher: Client, edition: Edition) -> None:
    edition = editing.save(edition.pk, Draft("Empty"), revision=edition.revision)
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "has no articles. Add at least one" in answer.content.decode()
    assert status_of(edition) == "draft"


def test_an_edition_that_nobody_gets_any_article_of_is_not_sent(publisher: Client) -> None:
    water, fire = make_topic(name="Water"), make_topic(name="Fire")
    mailing_list = make_list(name="Elements", topics=[water, fire])
    make_reader(mailing_list, topics=[fire])
    edition = make_edition(make_newsletter(mailing_list), articles=[make_article(topics=[water])])
    page = words(edition, publisher, "send/")
    assert "Nobody would get it" in page
    assert "iria-go" not in page
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "Nobody would get it" in answer.content.decode()
    assert status_of(edition) == "draft"


# --- Call back ----------------------------------------------------------------------------------------------------
def test_for_a_while_it_can_be_called_back_and_nothing_begins(publisher: Client, edition: Edition) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    page = words(edition, publisher)
    assert "Goes out at" in page
    assert "Undo send" in page
    assert "Send now" in page
    assert "scheduled by" not in page
    assert not freezing.start(edition.pk)
    seconds = publisher.get(at(edition, "progress.json")).json()
    assert seconds["held"] is True
    assert 50 < seconds["seconds_left"] <= 60
    publisher.post(at(edition, "undo-send/"))
    assert status_of(edition) == "draft"


def test_who_does_not_want_to_wait_lets_it_go(publisher: Client, edition: Edition) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    answer = publisher.post(at(edition, "release/"), follow=True).content.decode()
    assert "Iria Weekly is being sent." in answer
    assert "Preparing the emails." in answer
    assert "Scheduled for" not in answer
    assert "Send now" not in answer
    assert freezing.start(edition.pk)
    assert "Only an edition in its undo window" in publisher.post(at(edition, "release/"), follow=True).content.decode()


@pytest.mark.parametrize(("seconds", "words_for_it"), [(1, "1 second"), (90, "90 seconds"), (3600, "60 minutes")])
def test_the_undo_window_is_said_in_words(publisher: Client, edition: Edition, seconds: int, words_for_it: str) -> None:
    Newsletter.objects.update(undo_send_seconds=seconds)
    assert f"You have {words_for_it} to undo" in words(edition, publisher, "send/")
    form = {"revision": edition.revision, "when": "now"}
    answer = publisher.post(at(edition, "send/"), form, follow=True).content.decode()
    assert f"Iria Weekly goes out in {words_for_it}. You can still undo it." in answer


def test_a_newsletter_may_do_without_the_wait(publisher: Client, edition: Edition) -> None:
    Newsletter.objects.update(undo_send_seconds=0)
    assert "You can't undo this" in words(edition, publisher, "send/")
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "Iria Weekly is being sent." in answer.content.decode()
    assert freezing.start(edition.pk)


# --- The password once more ---------------------------------------------------------------------------------------
def grow_old(client: Client) -> None:
    session = client.session
    session["password_typed_at"] = time.time() - 31 * 60
    session.save()


def test_who_signed_in_a_while_ago_types_the_password_and_loses_nothing(publisher: Client, edition: Edition) -> None:
    grow_old(publisher)
    form = {"revision": str(edition.revision), "when": "now"}
    page = publisher.post(at(edition, "send/"), form).content.decode()
    assert "Password for publisher" in page
    for name, value in form.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert status_of(edition) == "draft"
    wrong = publisher.post(at(edition, "send/"), form | {"_password": "guess"})
    assert wrong.status_code == 403
    assert "That's not your password." in wrong.content.decode()
    assert "guess" not in wrong.content.decode()
    assert status_of(edition) == "draft"
    publisher.post(at(edition, "send/"), form | {"_password": "pw"})
    assert status_of(edition) == "queued"


def test_another_persons_password_is_not_enough(
    publisher: Client, browser_of: Callable[[str], Client], edition: Edition
) -> None:
    browser_of("Owner")
    User.objects.get(username="owner").set_password("other")
    grow_old(publisher)
    answer = publisher.post(at(edition, "send/"), {"revision": "1", "when": "now", "_password": "other"})
    assert answer.status_code == 403


def test_an_export_asks_too_and_comes_afterwards(browser_of: Callable[[str], Client], sending: Edition) -> None:
    owner = browser_of("Owner")
    grow_old(owner)
    for what in ("ledger.csv?outcome=accepted", "missed.csv"):
        assert "Password for owner" in owner.get(at(sending, what)).content.decode()
    answer = owner.post(at(sending, "ledger.csv?outcome=accepted"), {"_was_get": "1", "_password": "pw"})
    assert answer.headers["Location"] == at(sending, "ledger.csv?outcome=accepted")
    assert owner.get(at(sending, "ledger.csv")).headers["Content-Type"].startswith("text/csv")


# --- Schedule -----------------------------------------------------------------------------------------------------
def tomorrow_at_seven() -> datetime:
    day = (timezone.now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=1)).date()
    return datetime(day.year, day.month, day.day, 7, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_time_is_asked_back_in_words_with_zone_and_offset_and_then_kept(publisher: Client, edition: Edition) -> None:
    wanted = tomorrow_at_seven()
    form = {"when": "at", "at": f"{wanted:%Y-%m-%dT%H:%M}"}
    page = publisher.post(at(edition, "send/"), form).content.decode()
    assert f"{wanted:%A} {wanted.day} {wanted:%B %Y} at 07:00 (Europe/Berlin, UTC+0" in page
    assert re.search(r", in \d+ (hours|minutes)\.</p>", page)
    assert status_of(edition) == "draft"
    confirmed = form | {"confirmed": "1", "revision": edition.revision}
    answer = publisher.post(at(edition, "send/"), confirmed, follow=True)
    assert "Scheduled for" in answer.content.decode()
    edition.refresh_from_db()
    assert edition.status == "queued"
    assert edition.send_at == wanted.astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("2020-01-01T07:00", "has passed"), ("", "Choose a date and time."), ("soon", "like 2026-12-31 07:00")],
)
def test_a_time_that_cannot_be_is_refused_in_words(
    publisher: Client, edition: Edition, typed: str, sentence: str
) -> None:
    answer = publisher.post(at(edition, "send/"), {"when": "at", "at": typed, "confirmed": "1", "revision": "1"})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert status_of(edition) == "draft"


def test_a_change_between_the_steps_of_a_time_is_said_and_the_time_is_not_lost(
    publisher: Client, edition: Edition
) -> None:
    form = {"when": "at", "at": f"{tomorrow_at_seven():%Y-%m-%dT%H:%M}"}
    first = words(edition, publisher, "send/").split('id="later-heading"')[1]
    fingerprint = re.findall(r'name="fingerprint" value="([^"]+)"', first)[0]
    change_list()
    page = publisher.post(at(edition, "send/"), form | {"fingerprint": fingerprint}).content.decode()
    assert "This edition has changed since you opened this page" in page
    assert form["at"] in page
    assert "confirmed" not in page
    fingerprint = seen_on(page)["fingerprint"]
    second = publisher.post(at(edition, "send/"), form | {"fingerprint": fingerprint}).content.decode()
    assert "confirmed" in second
    change_article()
    publisher.post(at(edition, "send/"), form | seen_on(second) | {"confirmed": "1"})
    assert status_of(edition) == "draft"
