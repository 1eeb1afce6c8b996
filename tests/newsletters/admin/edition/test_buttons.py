"""The other buttons of an edition: pause, resume, cancel, undo, test; each by POST alone and with its permission."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from iria.env import EmailRoute
from newsletters.editions import transitions
from newsletters.models import Edition
from tests.newsletters.admin.edition.conftest import at, status_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


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
@pytest.mark.usefixtures("colleagues")
def test_a_test_mail_says_what_became_of_it(
    editor: Client, edition: Edition, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.EMAIL_ROUTE = EmailRoute(backend=settings.EMAIL_BACKEND, connections=1)
    answer = editor.post(at(edition, "test/"), {"addresses": "ada@example.org, bea@example.org"}, follow=True)
    page = answer.content.decode()
    assert "ada@example.org: accepted by the mail server." in page
    assert "bea@example.org: accepted by the mail server." in page
    assert [mail.subject for mail in mailoutbox] == ["[Test] Ready", "[Test] Ready"]


@pytest.mark.usefixtures("colleagues")
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


@pytest.mark.usefixtures("colleagues")
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
