"""Sending is stopped: said on every page to those who send, and let go on by one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters import tasks
from newsletters.admin.system import halting
from newsletters.models import SendingGuard
from tests.factories import make_edition, make_reader, queue

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGE = "/admin/newsletters/edition/sending-stopped/"
WHY = "The database is older than what was sent: it seems to come from a backup."
NOTICE = f"Sending is stopped: {WHY}"


@pytest.fixture
def guard() -> SendingGuard:
    guard, _created = SendingGuard.objects.update_or_create(
        pk=1, defaults={"halted_why": WHY, "location": "somewhere else"}
    )
    return guard


@pytest.mark.parametrize("where", ["/admin/", "/admin/newsletters/article/", "/admin/newsletters/edition/add/"])
def test_those_who_send_are_told_on_every_page(
    publisher: Client, editor: Client, guard: SendingGuard, where: str
) -> None:
    page = publisher.get(where).content.decode()
    assert NOTICE in page
    assert f'href="{PAGE}"' in page
    theirs = editor.get(where).content.decode()
    assert f'href="{PAGE}"' not in theirs
    assert (NOTICE in theirs) == (where == "/admin/")  # among what needs attention


def test_the_way_in_says_nothing_to_strangers(client: Client, guard: SendingGuard) -> None:
    assert NOTICE not in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize("halted", [True, False])
def test_the_notice_costs_a_query_for_those_who_send_and_none_for_others(
    publisher: Client, editor: Client, guard: SendingGuard, halted: bool
) -> None:
    SendingGuard.objects.update(halted_why=WHY if halted else "")

    def about_the_guard(client: Client) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/admin/newsletters/article/").status_code == 200
        return sum("sendingguard" in query["sql"] for query in captured)

    assert (about_the_guard(publisher), about_the_guard(editor)) == (1, 0)


def test_the_page_says_what_it_means_and_what_would_go_out(publisher: Client, guard: SendingGuard) -> None:
    page = publisher.get(PAGE).content.decode()
    assert WHY in page
    assert NOTICE not in page  # it is said once
    assert "may not know about emails that have already been sent" in page
    assert "No edition is being sent" in page
    edition = make_edition()
    make_reader(edition.newsletter.mailing_list)
    edition = queue(edition)
    assert f"{edition}</a> (queued)" in publisher.get(PAGE).content.decode()
    guard.refresh_from_db()
    assert guard.halted_why == WHY


def test_one_of_those_who_send_lets_it_go_on(
    publisher: Client, guard: SendingGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[Any] = []
    monkeypatch.setattr(halting, "nudge", lambda task, *_args: nudged.append(task))
    answer = publisher.post(PAGE, follow=True).content.decode()
    assert "Sending resumed." in answer
    assert "Sending is stopped" not in answer
    guard.refresh_from_db()
    assert (guard.halted_why, guard.confirmed_by) == ("", "publisher")
    assert guard.location != "somewhere else"
    assert guard.confirmed_at is not None
    assert nudged == [tasks.send_slice]
    entry = LogEntry.objects.get()
    assert (entry.user.username, WHY in entry.get_change_message()) == ("publisher", True)
    assert "Sending isn't stopped." in publisher.get(PAGE).content.decode()
    assert "Sending wasn&#x27;t stopped" in publisher.post(PAGE, follow=True).content.decode()
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("role", ["Editor", "Manager", "Nobody"])
def test_others_are_told_who_could(browser_of: Callable[[str], Client], guard: SendingGuard, role: str) -> None:
    browser = browser_of(role)
    for answer in (browser.get(PAGE), browser.post(PAGE)):
        assert answer.status_code == 403
        assert "You need the role Publisher or Owner" in answer.content.decode()
    assert Client().post(PAGE).status_code == 401
    guard.refresh_from_db()
    assert guard.halted_why == WHY


def test_a_database_without_a_guard_is_not_halted(publisher: Client) -> None:
    SendingGuard.objects.all().delete()
    assert "Sending is stopped" not in publisher.get("/admin/").content.decode()
    assert "Sending isn't stopped." in publisher.get(PAGE).content.decode()
