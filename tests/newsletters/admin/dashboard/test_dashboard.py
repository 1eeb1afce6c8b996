"""The desk: each role's work in one place, at a cost that no number of rows changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html as lxml_html

from mail.models import Message
from newsletters.editions import approving, editing
from newsletters.editions.drafts import Draft
from newsletters.models import (
    Approval,
    Article,
    Chunk,
    Comment,
    Edition,
    FeedSource,
    Newsletter,
    Occurrence,
    SendingGuard,
)
from subscribers.models import ConsentRecord, MailingList, Suppression
from tests.factories import (
    make_article,
    make_comment,
    make_edition,
    make_list,
    make_newsletter,
    queue,
    start,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def look(client: Client) -> str:
    """What the page says, as one line, without the list of everything at its end."""
    answer = client.get("/admin/")
    assert answer.status_code == 200
    main = lxml_html.fromstring(answer.content.decode()).get_element_by_id("content-main")
    for everything in main.find_class("iria-dashboard-all"):
        everything.drop_tree()
    return " ".join(main.text_content().split())


def links(client: Client) -> list[str]:
    main = lxml_html.fromstring(client.get("/admin/").content.decode()).get_element_by_id("content-main")
    for everything in main.find_class("iria-dashboard-all"):
        everything.drop_tree()
    return [str(link.get("href")) for link in main.iter("a")]


def long_ago(edition: Edition, **at: timedelta) -> None:
    now = timezone.now()
    Edition.objects.filter(pk=edition.pk).update(**{name: now - ago for name, ago in at.items()})


def in_doubt(edition: Edition, count: int = 1) -> Edition:
    chunk = edition.chunks.order_by("pk")[0]
    Chunk.objects.filter(pk=chunk.pk).update(in_doubt=count, handed_to=chunk.n, settled=chunk.n)
    return edition


# --- To begin ---------------------------------------------------------------------------------------------------------
def test_an_empty_installation_says_how_to_begin(owner: Client, publisher: Client) -> None:
    said = look(owner)
    for step in ("Finish setting up", "Your first newsletter", "Write an article", "Your colleagues"):
        assert step in said
    assert "/admin/set-up/newsletter/" in links(owner)
    assert "Set up a newsletter" not in said, "it is a step of the set-up"
    assert "/admin/newsletters/newsletter/add/" in links(publisher)


def test_a_step_that_is_done_says_so_and_only_steps_that_one_may_do_are_shown(
    owner: Client, browser_of: Callable[[str], Client]
) -> None:
    make_article()
    assert "Write an article done" in look(owner)
    assert "Your colleagues done" not in look(owner)
    editor = browser_of("Editor")
    assert "Your colleagues done" in look(owner)
    assert "Your colleagues" not in look(editor)
    assert "Write an article done" in look(editor)


def test_once_there_was_an_edition_nobody_is_told_how_to_begin(owner: Client) -> None:
    make_edition()
    assert "Get started" not in look(owner)


# --- Due next ---------------------------------------------------------------------------------------------------------
def test_what_is_due_says_its_zone_and_whether_it_goes_by_itself(editor: Client, newsletter: Newsletter) -> None:
    make_newsletter(name="Never by itself")
    make_newsletter(name="Monthly", cadence="monthly", day_of_month=1, send_time="12:00", zone="Asia/Tokyo")
    said = look(editor)
    assert "IRIA News sends automatically" in said
    assert "at 07:00 (Europe/Berlin, UTC+0" in said
    assert "Monthly creates a draft" in said
    assert "at 12:00 (Asia/Tokyo, UTC+09:00)" in said
    assert "Never by itself" not in said


# --- Drafts -----------------------------------------------------------------------------------------------------------
def test_a_draft_says_how_old_it_is_and_who_worked_on_it_last(editor: Client, newsletter: Newsletter) -> None:
    ada = User.objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    edition = make_edition(newsletter, by=ada)
    long_ago(edition, created_at=3 * DAY)
    assert "created 3 days ago · created by Ada Lovelace" in look(editor)
    editing.save(edition.pk, Draft(subject="Anew"), revision=edition.revision, by="Berta")
    assert "created 3 days ago · last changed by Berta" in look(editor)
    assert f"/admin/newsletters/edition/{edition.pk}/change/" in links(editor)


def test_a_draft_says_what_is_plainly_missing(editor: Client, newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="Whole")
    assert " yet" not in look(editor).replace("This week isn't over yet", "")
    Article.objects.update(status=Article.Status.DRAFT)
    assert "has an unpublished article" in look(editor)
    Edition.objects.filter(pk=edition.pk).update(subject="")
    edition.items.all().delete()
    said = look(editor)
    assert "no subject yet · no article yet" in said
    assert "not published" not in said


# --- Under way --------------------------------------------------------------------------------------------------------
def test_what_is_under_way_says_how_far_it_is_and_why_it_waits(editor: Client, newsletter: Newsletter) -> None:
    edition = start(make_edition(newsletter))
    Chunk.objects.update(accepted=3, handed_to=3, settled=3)
    Edition.objects.filter(pk=edition.pk).update(trouble="The mail server cannot be reached.")
    said = look(editor)
    assert "Sending: 3 emails accepted so far, of 4 recipients." in said
    assert "The mail server cannot be reached." in said
    assert "In progress" in said


def test_what_is_scheduled_says_when(editor: Client, newsletter: Newsletter) -> None:
    queue(make_edition(newsletter), send_at=timezone.now() + 3 * DAY)
    assert "Scheduled for" in look(editor)


# --- Needs you --------------------------------------------------------------------------------------------------------
@pytest.fixture
def trouble(newsletter: Newsletter) -> Edition:
    """One thing of each kind that needs a person."""
    edition = in_doubt(start(make_edition(newsletter)), 2)
    refused = start(make_edition(newsletter))
    Chunk.objects.filter(edition=refused).update(rejected=1, handed_to=1, settled=1)
    at = timezone.now() - DAY
    Occurrence.objects.create(
        newsletter=newsletter, nominal="2026-01-01T07:00", due_at=at, state="missed", reason="Iria was not running."
    )
    kept = Occurrence.objects.create(
        newsletter=newsletter, nominal="2026-01-02T07:00", due_at=at, state="made", reason="Waits as a draft: no link."
    )
    Edition.objects.filter(pk=make_edition(newsletter).pk).update(occurrence=kept)
    make_comment(make_article(), state=Comment.State.HELD)
    FeedSource.objects.create(name="The Wire", address="https://wire.example/f", failures=9, problem="It is broken.")
    FeedSource.objects.create(name="New", address="https://new.example/f", failures=1, problem="It is slow.")
    Suppression.objects.create(address_hash="1" * 64, email="gone@readers.example", reason="bounce")
    Message.objects.create(kind="confirmation", address="ada@readers.example", due_at=at)
    asking = User.objects.create_user("grace", first_name="Grace", last_name="Hopper")
    approving.ask(make_edition(newsletter, subject="Ready"), by=asking)
    SendingGuard.objects.update_or_create(pk=1, defaults={"halted_why": "A backup was restored."})
    return edition


HALTED, DOUBT, REFUSED = (
    "Sending is stopped: A backup was restored.",
    "2 emails of IRIA News 1 are in doubt",
    "was rejected (25%)",
)
KEPT, MISSED = (
    "IRIA News wasn't sent automatically. Waits as a draft: no link.",
    "IRIA News missed its scheduled date on",
)
FEED = "No articles come in from The Wire. It is broken."
COMMENT, OVERDUE, BOUNCED = "1 comment is waiting", "1 message should have", "1 address was suppressed"
ASKED = "Grace Hopper requests approval of a draft of IRIA News."
SENDING, WRITING, PEOPLE = {DOUBT, REFUSED, KEPT, ASKED}, {MISSED, COMMENT, FEED}, {OVERDUE, BOUNCED}


@pytest.mark.parametrize(
    ("role", "theirs"),
    [("Editor", WRITING), ("Publisher", WRITING | SENDING), ("Manager", PEOPLE), ("Owner", WRITING | SENDING | PEOPLE)],
)
def test_each_role_sees_what_it_may_act_on(
    browser_of: Callable[[str], Client], trouble: Edition, role: str, theirs: set[str]
) -> None:
    said = look(browser_of(role))
    everything = SENDING | WRITING | PEOPLE | {HALTED}
    assert "It is slow." not in said
    assert {sentence for sentence in everything if sentence in said} == theirs | {HALTED}  # which is for everybody


def test_each_entry_leads_to_a_page_that_opens(owner: Client, trouble: Edition) -> None:
    addresses = set(links(owner))
    assert f"/admin/newsletters/edition/{trouble.pk}/change/" in addresses
    assert len(addresses) >= 8
    for address in addresses:
        assert owner.get(address, follow=True).status_code == 200, address


def test_who_has_no_role_sees_no_work(browser_of: Callable[[str], Client], trouble: Edition) -> None:
    answer = browser_of("Nobody").get("/admin/").content.decode()
    assert "Ask an owner to give you a role" in answer
    assert "Needs your attention" not in answer
    assert "IRIA News" not in answer


def test_what_is_settled_or_long_ago_no_longer_needs_anybody(owner: Client, trouble: Edition) -> None:
    Chunk.objects.update(in_doubt=0, rejected=0)
    Occurrence.objects.update(due_at=timezone.now() - 8 * DAY)
    Comment.objects.update(state=Comment.State.APPROVED)
    Suppression.objects.update(at=timezone.now() - 8 * DAY)
    Message.objects.update(state=Message.State.SENT)
    SendingGuard.objects.update(halted_why="")
    Approval.objects.update(state=Approval.State.APPROVED)
    FeedSource.objects.update(failures=0, problem="")
    assert "Nothing needs your attention." in look(owner)


def test_who_asks_for_an_approval_is_not_asked_for_it(publisher: Client, newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="Ready")
    approving.ask(edition, by=User.objects.get(username="publisher"))
    said = look(publisher)
    assert "requests approval" not in said
    assert "waiting for approval" in said


def test_a_request_for_approval_leads_to_where_it_is_decided(publisher: Client, newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="Ready")
    request = approving.ask(edition, by=User.objects.create_superuser("ada"))
    assert f"/admin/newsletters/edition/{edition.pk}/approval/" in links(publisher)
    approving.give_back(edition, request.pk, by=User.objects.get(username="publisher"), note="Too long.")
    assert "approval was rejected" in look(publisher)


def test_refusals_that_every_list_has_need_nobody(publisher: Client, newsletter: Newsletter) -> None:
    edition = start(make_edition(newsletter))
    Chunk.objects.filter(edition=edition).update(rejected=1, handed_to=1, settled=1)
    Edition.objects.filter(pk=edition.pk).update(candidates=1000)
    assert "rejected" not in look(publisher)


# --- Growth -----------------------------------------------------------------------------------------------------------
def consent(action: str, ago: timedelta) -> None:
    mailing_list = MailingList.objects.first() or make_list()
    record = ConsentRecord.objects.create(
        address_hash="0" * 64, action=action, source="form", mailing_list=mailing_list
    )
    with connection.cursor() as cursor:  # records are never changed through the models
        cursor.execute("UPDATE subscribers_consentrecord SET at = %s WHERE id = %s", [timezone.now() - ago, record.pk])


def test_the_lists_growth_is_told_in_words_a_drawing_and_numbers(editor: Client) -> None:
    for action, ago in (("confirmed", 0 * DAY), ("confirmed", 14 * DAY), ("returned", 14 * DAY), ("left", 14 * DAY)):
        consent(action, ago)
    consent("asked", 0 * DAY)
    consent("confirmed", 100 * DAY)
    cache.clear()
    page = lxml_html.fromstring(editor.get("/admin/").content.decode())
    words = "In the last 12 weeks: 3 subscriptions confirmed, 1 unsubscribed (up by 2)."
    assert page.xpath("//*[local-name()='svg']/*[local-name()='desc']/text()") == [words]
    (table,) = page.find_class("iria-numbers")
    rows = [[cell.text_content() for cell in row] for row in table.xpath(".//tbody/tr")]
    assert len(rows) == 12
    assert rows[-1][1:] == ["1", "0", "+1"]
    assert rows[-3][1:] == ["2", "1", "+1"]
    assert sum(int(row[1]) for row in rows) == 3


def test_growth_is_counted_at_most_every_five_minutes_and_says_when(editor: Client) -> None:
    editor.get("/admin/")
    consent("confirmed", 0 * DAY)
    said = look(editor)
    assert "0 subscriptions confirmed, 0 unsubscribed (no change)." in said
    assert f"Counted at {timezone.now():%H}" in said or f"Counted at {timezone.now() - DAY / 24:%H}" in said
    cache.clear()
    assert "1 subscription confirmed" in look(editor)


# --- Cost -------------------------------------------------------------------------------------------------------------
def cost(client: Client) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    return len(queries)


@pytest.mark.either_database
def test_more_of_everything_costs_no_more_queries(owner: Client, newsletter: Newsletter, trouble: Edition) -> None:
    def more() -> None:
        in_doubt(start(make_edition(newsletter)))
        queue(make_edition(newsletter))
        make_edition(newsletter)
        make_comment(make_article(), state=Comment.State.HELD)
        number = Occurrence.objects.count()
        make_newsletter(name=f"N{number}", cadence="weekly", weekdays=[1], send_time="08:00")
        Occurrence.objects.create(
            newsletter=newsletter, nominal=f"2026-02-{number:02}T07:00", due_at=timezone.now() - DAY, state="missed"
        )

    for _ in range(2):
        more()
    few = cost(owner)
    for _ in range(6):
        more()
    assert cost(owner) <= few
    assert few < 50
