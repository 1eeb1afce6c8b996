"""Asking for a second person, and being one, on the pages of an edition."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from newsletters.models import Approval, Edition, Newsletter
from subscribers.models import MailingList
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.admin.edition.test_sending import grow_old

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(editor: Client) -> Edition:
    mailing_list = make_list()
    make_reader(mailing_list)
    newsletter = make_newsletter(mailing_list, needs_approval=True)
    return make_edition(newsletter, subject="Ready to be read", by=User.objects.get(username="editor"))


def at(edition: Edition, what: str) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/{what}"


def words(client: Client, edition: Edition, what: str = "approval/") -> str:
    return client.get(at(edition, what), follow=True).content.decode()


def decide(client: Client, edition: Edition, decision: str, note: str = "") -> str:
    form = {"approval": Approval.objects.latest("pk").pk, "decision": decision, "note": note}
    return client.post(at(edition, "approval/decide/"), form, follow=True).content.decode()


def test_asked_for_by_one_and_approved_by_another_it_can_be_sent(
    editor: Client, publisher: Client, edition: Edition
) -> None:
    assert "someone else has to approve the edition first" in words(publisher, edition, "send/")
    assert "Request approval" in words(editor, edition)
    assert "We&#x27;ve emailed the people who can approve it" in editor.post(
        at(edition, "approval/ask/"), follow=True
    ).content.decode()  # fmt: skip
    assert "Approve" not in words(editor, edition).split("<h2")[1].split("</section>")[0]
    assert f"Approve {edition}</button>" in words(publisher, edition)
    assert "Approved. It can be sent" in decide(publisher, edition, "approve")
    assert " now</button>" in words(publisher, edition, "send/")
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    assert "Approved by publisher on" in words(publisher, edition, "change/")
    assert "Approved." in words(publisher, edition, "history/")


def test_returned_with_a_note_the_editor_reads_it(editor: Client, publisher: Client, edition: Edition) -> None:
    editor.post(at(edition, "approval/ask/"))
    assert "Say what needs to change" in decide(publisher, edition, "return")
    decide(publisher, edition, "return", "The date is wrong.")
    page = words(editor, edition)
    assert "The date is wrong." in page
    assert "Request approval" in page


def test_a_change_is_named_where_the_approval_was(editor: Client, publisher: Client, edition: Edition) -> None:
    editor.post(at(edition, "approval/ask/"))
    decide(publisher, edition, "approve")
    Newsletter.objects.update(footer="Another foot")
    page = words(editor, edition)
    assert "this has changed since: the footer" in page
    assert "Request approval" in page
    assert "changed since: the footer" in words(publisher, edition, "send/")


def test_who_may_not_approve_is_told_who_could(editor: Client, edition: Edition) -> None:
    editor.post(at(edition, "approval/ask/"))
    assert "You need the role Publisher or Owner to approve it." in words(editor, edition)
    assert editor.post(at(edition, "approval/decide/"), {"decision": "approve"}).status_code == 403


def test_who_asked_cannot_approve_and_sees_no_button(
    browser_of: Callable[[str], Client], publisher: Client, edition: Edition
) -> None:
    publisher.post(at(edition, "approval/ask/"))
    page = words(publisher, edition)
    assert "You worked on this edition" in page
    assert "Approve " not in page.split('id="approval"')[1].split("</section>")[0]
    assert "someone else has to approve it" in decide(publisher, edition, "approve")
    assert Approval.objects.get().state == "asked"


def test_approving_asks_for_a_recent_password(editor: Client, publisher: Client, edition: Edition) -> None:
    editor.post(at(edition, "approval/ask/"))
    grow_old(publisher)
    assert "Password for publisher" in decide(publisher, edition, "approve")
    assert Approval.objects.get().state == "asked"


def test_the_composer_shows_the_panel_only_where_it_is_asked_for(editor: Client, edition: Edition) -> None:
    assert 'id="approval"' in words(editor, edition, "change/")
    MailingList.objects.update(needs_approval=False)
    assert 'id="approval"' not in words(editor, edition, "change/")


@pytest.mark.parametrize("what", ["approval/ask/", "approval/decide/"])
def test_a_get_decides_nothing(publisher: Client, edition: Edition, what: str) -> None:
    assert publisher.get(at(edition, what)).status_code == 405
