"""Sending from the admin: two steps, one start, every button with its permission, and a ledger that adds up."""

from __future__ import annotations

import csv
import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from iria.env import EmailRoute
from lib.csv_download import harmless
from newsletters import tasks
from newsletters.admin.edition import preflight
from newsletters.delivery.engine import freezing
from newsletters.editions import editing, transitions
from newsletters.editions.drafts import Draft
from newsletters.editions.preflight import inspecting
from newsletters.models import Article, Attempt, Chunk, Delivery, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscriber,
    make_topic,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list(name="IRIA News")
    for _number in range(43):
        make_reader(mailing_list)
    return make_newsletter(mailing_list=mailing_list, name="Iria Weekly")


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    return make_edition(newsletter, subject="Ready")


def at(edition: Edition, what: str) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/{what}"


def words(edition: Edition, client: Client, what: str = "change/") -> str:
    return client.get(at(edition, what), follow=True).content.decode()


def status_of(edition: Edition) -> str:
    return Edition.objects.values_list("status", flat=True).get(pk=edition.pk)


# --- Send ---------------------------------------------------------------------------------------------------------
def test_the_first_step_says_what_will_happen_and_changes_nothing(publisher: Client, edition: Edition) -> None:
    page = words(edition, publisher, "send/")
    assert "Send <em>Iria Weekly 1</em> to 43 readers of IRIA News now." in page
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
    assert "Iria Weekly 1 goes out in 60 seconds. You can still undo it." in answer.content.decode()
    edition.refresh_from_db()
    assert (edition.status, edition.queued_by) == ("queued", "publisher")


def test_the_second_press_is_told_who_started_it_and_when(
    publisher: Client, browser_of: Callable[[str], Client], edition: Edition
) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    other = browser_of("Owner")
    answer = other.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "publisher already sent this edition at" in answer.content.decode()
    assert "publisher already sent Iria Weekly 1:" in words(edition, other, "send/")


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
    assert "Iria Weekly 1 is being sent." in answer
    assert "Send now" not in answer
    assert freezing.start(edition.pk)
    assert "Only an edition in its undo window" in publisher.post(at(edition, "release/"), follow=True).content.decode()


def test_a_newsletter_may_do_without_the_wait(publisher: Client, edition: Edition) -> None:
    Newsletter.objects.update(undo_send_seconds=0)
    assert "You can't undo this" in words(edition, publisher, "send/")
    answer = publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"}, follow=True)
    assert "Iria Weekly 1 is being sent." in answer.content.decode()
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


# --- Afterwards ---------------------------------------------------------------------------------------------------
@pytest.fixture
def sending(edition: Edition) -> Edition:
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    transitions.begin(edition.pk, revision=edition.revision, candidates=43)
    edition.refresh_from_db()
    return edition


def test_pause_resume_and_cancel_in_two_steps(publisher: Client, sending: Edition) -> None:
    publisher.post(at(sending, "pause/"))
    assert status_of(sending) == "paused"
    assert "Paused by publisher." in words(sending, publisher)
    publisher.post(at(sending, "resume/"))
    assert status_of(sending) == "sending"
    assert "for good" in words(sending, publisher, "cancel/")
    assert status_of(sending) == "sending"
    publisher.post(at(sending, "cancel/"))
    assert status_of(sending) == "cancelled"
    answer = publisher.post(at(sending, "resume/"), follow=True)
    assert "Only a paused edition can be resumed" in answer.content.decode()


def test_a_queued_edition_is_called_back(publisher: Client, edition: Edition) -> None:
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    assert "Undo send" in words(edition, publisher)
    publisher.post(at(edition, "undo-send/"))
    assert status_of(edition) == "draft"


@pytest.mark.parametrize("what", ["pause/", "resume/", "undo-send/", "test/", "copy/"])
def test_a_get_moves_nothing(publisher: Client, sending: Edition, what: str) -> None:
    assert publisher.get(at(sending, what)).status_code == 405
    assert status_of(sending) == "sending"


@pytest.mark.parametrize("what", ["send/", "pause/", "resume/", "undo-send/", "cancel/"])
def test_an_editor_is_told_who_sends(editor: Client, edition: Edition, what: str) -> None:
    answer = editor.post(at(edition, what), {"revision": edition.revision, "when": "now"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "You need the role Publisher or Owner" in page
    assert "editor (Editor)" in page
    assert status_of(edition) == "draft"


def test_an_editor_sees_no_button_to_send_and_who_does(editor: Client, edition: Edition) -> None:
    page = words(edition, editor)
    assert "Send or schedule…" not in page
    assert "You need the role Publisher or Owner to send it." in page


@pytest.mark.parametrize("what", ["ledger/", "progress.json", "preview/html/", "send/"])
def test_nobody_who_is_not_staff_comes_in(client: Client, edition: Edition, what: str) -> None:
    answer = client.get(at(edition, what))
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]


def test_an_edition_that_is_none_answers_404(publisher: Client) -> None:
    for what in ("change/", "send/", "ledger/", "progress.json"):
        assert publisher.get(f"/admin/newsletters/edition/999999/{what}").status_code in {404, 302}


# --- Test mail ----------------------------------------------------------------------------------------------------
def test_a_test_mail_says_what_became_of_it(
    editor: Client, edition: Edition, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.EMAIL_ROUTE = EmailRoute(backend=settings.EMAIL_BACKEND, connections=1)
    answer = editor.post(at(edition, "test/"), {"addresses": "ada@example.org, bea@example.org"}, follow=True)
    page = answer.content.decode()
    assert "ada@example.org: accepted by the mail server." in page
    assert "bea@example.org: accepted by the mail server." in page
    assert [mail.subject for mail in mailoutbox] == ["[Test] Ready", "[Test] Ready"]


def test_an_unreachable_mail_server_is_said_in_a_sentence(editor: Client, edition: Edition, settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.EMAIL_ROUTE = EmailRoute(host="127.0.0.1", port=port, connections=1)
    answer = editor.post(at(edition, "test/"), {"addresses": "ada@example.org"}, follow=True)
    page = answer.content.decode()
    assert "Test email to ada@example.org: not sent. The mail server 127.0.0.1" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an address for the test"),
        ("ada", "“ada” isn't a valid email address"),
        (" ".join(f"a{n}@example.org" for n in range(6)), "at most 5"),
    ],
)
def test_wrong_addresses_of_a_test_are_said_and_nothing_is_sent(
    editor: Client, edition: Edition, mailoutbox: list[Any], typed: str, sentence: str
) -> None:
    assert escape(sentence) in editor.post(at(edition, "test/"), {"addresses": typed}, follow=True).content.decode()
    assert mailoutbox == []


def test_the_addresses_of_a_test_stay_in_the_field(editor: Client, edition: Edition) -> None:
    page = editor.post(at(edition, "test/"), {"addresses": "ada@example.org bea@@"}, follow=True).content.decode()
    assert 'value="ada@example.org bea@@"' in page


def test_a_test_goes_to_every_address_that_may_sign_up(
    editor: Client, edition: Edition, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.EMAIL_ROUTE = EmailRoute(backend=settings.EMAIL_BACKEND, connections=1)
    page = editor.post(at(edition, "test/"), {"addresses": "zoé@bücher.example"}, follow=True).content.decode()
    assert escape("isn't a valid email address") not in page
    assert len(mailoutbox) == 1


def test_a_scheduled_edition_is_not_called_sent_and_shows_no_empty_sums(publisher: Client, edition: Edition) -> None:
    transitions.queue(
        edition.pk, revision=edition.revision, by="Ada", send_at=timezone.now() + timedelta(days=1)
    )  # fmt: skip
    page = words(edition, publisher)
    assert "scheduled by Ada" in page
    assert "sent by" not in page
    assert "iria-sums" not in page


def test_while_the_mail_server_is_away_the_page_says_that_nobody_is_lost(editor: Client, sending: Edition) -> None:
    Edition.objects.filter(pk=sending.pk).update(trouble="The mail server cannot be reached.")
    assert "The mail server cannot be reached. We keep retrying" in words(sending, editor)


# --- Progress and ledger ------------------------------------------------------------------------------------------
def settle(edition: Edition, outcomes: list[tuple[str, str]]) -> None:
    """One settled chunk with these (address, outcome) pairs; the last reply of a refusal is hostile."""
    chunk = Chunk.objects.create(
        edition=edition, wave=timezone.now(), seq=1, members=b"", n=len(outcomes), handed_to=len(outcomes),
        settled=len(outcomes), state=Chunk.State.DONE,
        skip_reasons={"no_topic": sum(outcome == Outcome.SKIPPED for _email, outcome in outcomes)},
        **{name: sum(outcome == name for _email, outcome in outcomes) for name in Outcome.values},
    )  # fmt: skip
    for email, outcome in outcomes:
        subscriber = make_subscriber(email)
        Delivery.objects.create(
            edition=edition, subscriber_id=subscriber.pk, chunk=chunk, fence=1, variant=1, outcome=outcome,
            reason="no_topic" if outcome == Outcome.SKIPPED else "", settled_at=timezone.now(),
            smtp_code=550 if outcome == Outcome.REJECTED else None,
        )  # fmt: skip
        if outcome == Outcome.REJECTED:
            Attempt.objects.create(
                edition=edition, subscriber_id=subscriber.pk, outcome=outcome, at=timezone.now(),
                reply="=cmd()<script>alert(1)</script>",
            )  # fmt: skip
    Edition.objects.filter(pk=edition.pk).update(candidates=len(outcomes))


PEOPLE = [("ada@example.org", "accepted"), ("bea@example.org", "rejected"), ("cleo@example.org", "skipped")]


def test_progress_says_where_everybody_is(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    answer = editor.get(at(sending, "progress.json")).json()
    assert answer["figures"] == {
        "waiting": 0, "handed_out": 0, "accepted": 1, "deferred": 0, "retrying": 0, "rejected": 1, "skipped": 1,
        "cancelled": 0, "in_doubt": 0,
    }  # fmt: skip
    assert (answer["candidates"], answer["settled"], answer["status"]) == (3, 3, "sending")
    assert answer["sentence"] == "Sending: 1 email accepted so far, of 3 recipients."
    assert answer["sentence"] in words(sending, editor)


def test_the_ledger_says_who_got_it_who_did_not_and_why(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    page = words(sending, editor, "ledger/")
    for text in ("ada@example.org", "Accepted", "550", "no article on the topics they follow"):
        assert text in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_ledger_does_not_repeat_the_codes_with_which_a_reply_begins(editor: Client, sending: Edition) -> None:
    settle(sending, [("bea@example.org", "rejected")])
    Delivery.objects.update(smtp_code=550, enhanced_status="5.1.1")
    Attempt.objects.update(reply="550 5.1.1 No such mailbox")
    assert words(sending, editor, "ledger/").count("5.1.1") == 1


def test_the_ledger_is_filtered_by_outcome_and_searched_by_address(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    page = words(sending, editor, "ledger/?outcome=rejected")
    assert "bea@example.org" in page
    assert "ada@example.org" not in page
    for wanted in ("ADA@example.org", "ada"):
        page = words(sending, editor, f"ledger/?q={wanted}")
        assert "ada@example.org" in page
        assert "bea@example.org" not in page
    assert "No recipients match." in words(sending, editor, "ledger/?q=nobody@example.org")


def test_the_ledger_pages_by_the_last_row_and_counts_nothing(editor: Client, sending: Edition) -> None:
    settle(sending, [(f"r{n:03}@example.org", "accepted") for n in range(150)])
    with CaptureQueriesContext(connection) as captured:
        page = words(sending, editor, "ledger/")
    assert not [q["sql"] for q in captured if "COUNT(" in q["sql"] and "newsletters_delivery" in q["sql"]]
    assert "r099@example.org" in page
    assert "r100@example.org" not in page
    link = page.split('href="?')[-1].split('"')[0].replace("&amp;", "&")
    following = words(sending, editor, f"ledger/?{link}")
    assert "r100@example.org" in following
    assert "r149@example.org" in following
    assert "r099@example.org" not in following


def test_the_ledger_costs_the_same_for_two_and_for_ninety(editor: Client, newsletter: Newsletter) -> None:
    def cost(count: int) -> int:
        edition = make_edition(newsletter)
        settle(edition, [(f"c{count}-{n}@example.org", "rejected") for n in range(count)])
        editor.get(at(edition, "ledger/"))
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(at(edition, "ledger/")).status_code == 200
        return len(captured)

    assert cost(2) == cost(90)


def test_somebody_erased_is_still_counted_without_an_address(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    Subscriber.objects.filter(email="ada@example.org").delete()
    page = words(sending, editor, "ledger/")
    assert "erased (number" in page
    assert "ada@example.org" not in page


def test_the_export_holds_everybody_and_no_formula(browser_of: Callable[[str], Client], sending: Edition) -> None:
    settle(sending, [*PEOPLE, ("+dora@example.org", "accepted")])
    answer = browser_of("Owner").get(at(sending, "ledger.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(StringIO(text)))
    assert [row[0] for row in rows] == ["address", *(email for email, _ in PEOPLE), "'+dora@example.org"]
    assert rows[2][7] == "'=cmd()<script>alert(1)</script>"
    filtered = browser_of("Superuser").get(at(sending, "ledger.csv?outcome=skipped"))
    assert b"".join(filtered.streaming_content).count(b"\r\n") == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("ada@example.org") == "ada@example.org"


def test_exporting_addresses_is_for_those_who_look_after_people(publisher: Client, sending: Edition) -> None:
    answer = publisher.get(at(sending, "ledger.csv"))
    assert answer.status_code == 403
    assert "Manager or Owner" in answer.content.decode()
    assert "Download as CSV" not in words(sending, publisher, "ledger/")


def test_the_history_says_who_pressed_what(publisher: Client, edition: Edition) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    publisher.post(at(edition, "undo-send/"))
    history = words(edition, publisher, "history/")
    assert history.index("Undid the send.") != history.index("Sent.")
    assert "publisher" in history
