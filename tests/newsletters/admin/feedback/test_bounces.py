"""Staff see what came back, the mail that led to each decision, and take a decision back with a note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from lib.mailbox_accounts import ImapMailbox
from mail.models import Message
from mail.return_paths import message_path
from newsletters.admin.feedback import source_filters
from newsletters.delivery.ledger import dead_addresses
from newsletters.delivery.limits import stopped_domains
from newsletters.events import incoming
from newsletters.events.mailboxes import polled
from newsletters.events.receiving.mail import receive
from newsletters.events.webhooks import service, services, tracking
from newsletters.models import Edition, Feedback, RawEvent
from subscribers import suppression
from subscribers.models import ConsentRecord, Subscriber, Suppression
from tests.factories import begin, make_edition, make_list, make_newsletter, make_reader, queue
from tests.newsletters.events.incoming_mail.mails import mail
from tests.newsletters.events.sent_mail import BLOCKED, NO_ROUTE, UNKNOWN, bounce, complaint, path_of, sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
CHANGELIST = "admin:newsletters_feedback_changelist"
RAW_EVENTS = "admin:newsletters_rawevent_changelist"


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


@pytest.fixture
def edition(ada: Subscriber) -> Edition:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    return edition


def undo(client: Client, feedback: Feedback, note: str = "They wrote to us.") -> str:
    where = reverse("admin:newsletters_feedback_undo", args=[feedback.pk])
    return client.post(where, {"note": note}, follow=True).content.decode()


def test_a_bounce_is_listed_with_what_was_done_and_leads_to_the_mail(
    owner: Client, edition: Edition, ada: Subscriber
) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    page = owner.get(reverse(CHANGELIST)).content.decode()
    for words in ("ada@reader.example", "no such address", "address suppressed", "User unknown", "Undo…"):
        assert words in page
    detail = owner.get(reverse("admin:newsletters_feedback_change", args=[Feedback.objects.get().pk])).content.decode()
    raw = reverse("admin:newsletters_rawevent_change", args=[RawEvent.objects.get().pk])
    assert raw in detail
    assert "Diagnostic-Code: smtp;" in owner.get(raw).content.decode()


def test_a_mail_is_shown_as_text_whatever_it_holds(owner: Client, edition: Edition, ada: Subscriber) -> None:
    spoilt = mail("a@b.example", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>\x00\xff")
    receive(spoilt, recipient=path_of(edition, ada))
    page = owner.get(reverse("admin:newsletters_rawevent_change", args=[RawEvent.objects.get().pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;img src=x" in page


def test_a_mailbox_that_cannot_be_read_is_said_above_the_list_while_it_is_set(
    owner: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.BOUNCE_IMAP = ImapMailbox("mail.example.org", 993, "bounces", "secret")
    settings.BOUNCE_MAILDIR = tmp_path
    polled.note_look(polled.key_of_imap(settings.BOUNCE_IMAP), "BOUNCE_IMAP, INBOX of bounces: no answer")
    assert incoming.fetch_mail() == 0
    page = owner.get(reverse(RAW_EVENTS)).content.decode()
    assert "BOUNCE_IMAP, INBOX of bounces: no answer" in page
    assert "BOUNCE_MAILDIR isn&#x27;t a Maildir" in page
    settings.BOUNCE_IMAP = None
    (tmp_path / "new").mkdir()
    assert incoming.fetch_mail() == 0
    page = owner.get(reverse(RAW_EVENTS)).content.decode()
    assert "BOUNCE_" not in page


@pytest.mark.parametrize("name", [RAW_EVENTS, CHANGELIST])
def test_the_filters_ask_no_table_for_their_choices(
    name: str, owner: Client, edition: Edition, ada: Subscriber, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    with django_assert_max_num_queries(30) as asked:
        page = owner.get(reverse(name)).content.decode()
        assert "?source=postmark" in page
        assert "User unknown" in page or "mail #" in page
        assert "mail #" not in owner.get(reverse(name), {"source": "postmark"}).content.decode()
    assert not [query["sql"] for query in asked.captured_queries if 'DISTINCT "newsletters_' in query["sql"]]


def test_every_service_that_tells_something_can_be_chosen() -> None:
    assert set(source_filters.SERVICES) == set(services.known())
    assert source_filters.SEVERAL == tracking.SEVERAL
    assert service.source_name("", service.Direction.INBOUND) == source_filters.INBOUND


def test_a_returned_message_is_shown_to_those_alone_who_manage_accounts(
    owner: Client, browser_of: Callable[[str], Client], edition: Edition, ada: Subscriber
) -> None:
    """It may hold the link that sets somebody's new password."""
    message = Message.objects.create(kind="password_reset", address=ada.email, due_at=timezone.now(), state="sent")
    receive(bounce(message_path(message.pk, ""), ada.email, UNKNOWN))
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    of_message, of_edition = RawEvent.objects.order_by("pk")
    manager = browser_of("Manager")
    for client, event, is_shown in (
        (manager, of_message, False), (owner, of_message, True), (manager, of_edition, True)
    ):  # fmt: skip
        page = client.get(reverse("admin:newsletters_rawevent_change", args=[event.pk])).content.decode()
        assert ("User unknown" in page) is is_shown


def test_undoing_releases_the_address_with_a_note_and_it_counts_no_more(
    owner: Client, edition: Edition, ada: Subscriber
) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    feedback = Feedback.objects.get()
    assert "can get email again" in undo(owner, feedback)
    ada.refresh_from_db()
    feedback.refresh_from_db()
    assert not ada.is_suppressed
    assert (feedback.undone_by, feedback.undone_note) == ("owner", "They wrote to us.")
    record = ConsentRecord.objects.filter(action=ConsentRecord.Action.RELEASED).get()
    assert "They wrote to us." in record.detail
    assert "undone by owner" in owner.get(reverse(CHANGELIST)).content.decode()
    assert "undone before" in undo(owner, feedback)


def test_a_complaint_outlives_the_undoing_of_a_bounce(owner: Client, edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    receive(complaint(path_of(edition, ada), ada.email))
    assert "reported an email as spam" in undo(owner, Feedback.objects.get(kind="hard"))
    ada.refresh_from_db()
    assert ada.is_suppressed
    undo(owner, Feedback.objects.get(kind="complaint"))
    undo(owner, Feedback.objects.get(kind="hard"))
    ada.refresh_from_db()
    assert not ada.is_suppressed


def test_soft_bounces_begin_anew_after_they_were_undone(owner: Client, ada: Subscriber) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)

    def one_more() -> bool:
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE))
        ada.refresh_from_db()
        return ada.is_suppressed

    assert [one_more() for _ in range(5)] == [False] * 4 + [True]
    undo(owner, Feedback.objects.order_by("pk").last() or Feedback())
    assert [one_more() for _ in range(5)] == [False] * 4 + [True]


def test_a_search_takes_the_whole_address_in_any_spelling(owner: Client, edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    assert "User unknown" in owner.get(reverse(CHANGELIST), {"q": " ADA@Reader.example "}).content.decode()
    assert "User unknown" not in owner.get(reverse(CHANGELIST), {"q": "bob@reader.example"}).content.decode()


def test_staff_without_the_permission_see_and_undo_nothing(editor: Client, edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    feedback = Feedback.objects.get()
    assert editor.get(reverse(CHANGELIST)).status_code == 403
    where = reverse("admin:newsletters_feedback_undo", args=[feedback.pk])
    assert editor.post(where, {"note": "x"}).status_code == 403
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_an_edition_s_page_says_which_domain_refuses_it_and_sends_there_after_all(
    owner: Client, edition: Edition, ada: Subscriber
) -> None:
    queue(edition)
    assert begin(edition, candidates=3)
    people = [ada, *(make_reader(make_list(), email=f"r{n}@reader.example") for n in range(2))]
    sent_to(edition, *people[1:])
    for person in people:
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
    page = owner.get(reverse("admin:newsletters_edition_change", args=[edition.pk])).content.decode()
    assert "Send to reader.example after all" in page
    assert "Spamhaus" in page
    where = reverse("admin:newsletters_edition_resume-domain", args=[edition.pk])
    assert "has resumed" in owner.post(where, {"domain": "reader.example"}, follow=True).content.decode()
    assert stopped_domains.stopped_of(edition.pk) == []
    assert "stopped any more" in owner.post(where, {"domain": "reader.example"}, follow=True).content.decode()


def test_undoing_a_bounce_leaves_a_complaint_that_staff_wrote_down(
    owner: Client, edition: Edition, ada: Subscriber
) -> None:
    suppression.suppress(ada.email, reason=Suppression.Reason.COMPLAINT, note="wrote to us", by="Ada")
    receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE))
    undo(owner, Feedback.objects.get())
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_undoing_a_complaint_leaves_what_bounced_suppressed(owner: Client, edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    receive(complaint(path_of(edition, ada), ada.email))
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINT
    undo(owner, Feedback.objects.get(kind="complaint"))
    ada.refresh_from_db()
    assert ada.is_suppressed
    assert Suppression.objects.get().reason == Suppression.Reason.BOUNCE


def test_keeping_the_addresses_of_an_edition_keeps_a_complaint(edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    receive(complaint(path_of(edition, ada), ada.email))
    dead_addresses.keep_all(edition.pk, by="Ada")
    ada.refresh_from_db()
    assert ada.is_suppressed
