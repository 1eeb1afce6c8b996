"""What a mail to one person says and carries, and that it asks nobody for anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_string
from html.parser import HTMLParser

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mail import route_rates
from mail.models import Message
from mail.outbox.sending import send_due
from mail.writing.identity import message_id
from subscribers import suppression
from subscribers.messages.posting import post_to_subscriber
from subscribers.messages.welcome import WELCOME, WelcomeContext
from subscribers.models import MailingList, Subscriber, Suppression, Topic
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from tests.factories import make_list, make_reader, make_subscriber, make_subscription
from tests.mail.outbox.scripted_server import ScriptedServer, asked
from tests.subscribers.conftest import Mails, path_of


def test_a_confirmation_that_lost_its_sense_is_dropped_with_the_reason(
    iria_news: MailingList, server: ScriptedServer
) -> None:
    confirmed = asked(iria_news)
    Subscriber.objects.get().subscriptions.update(status="left")
    stopped = asked(iria_news, "bob@example.org")
    suppression.suppress("bob@example.org", reason=Suppression.Reason.COMPLAINT)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        late = asked(iria_news, "carla@example.org")
    assert send_due() == 0
    for row, reason in ((confirmed, "left to confirm"), (stopped, "suppressed"), (late, "expired")):
        row.refresh_from_db()
        assert row.state == "dropped"
        assert reason in row.reply
    assert server.taken == []


def test_the_heads_of_a_mail_to_one_person(iria_news: MailingList, settings: Settings) -> None:
    settings.MAIL_DOMAIN = "iria.example"
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        row = asked(iria_news)
        send_due()
    heads = message_from_string(mail.outbox[0].message().as_string())
    assert heads["Message-ID"] == message_id("confirmation", row.pk, 1772442000)
    assert heads["Message-ID"].endswith("@iria.example>")
    assert heads["Auto-Submitted"] == "auto-generated"
    assert heads["List-Id"] == '"IRIA News" <iria-news.iria.example>'
    assert heads["Reply-To"] is None
    assert heads["From"] == '"IRIA News" <news@iria.example>'


def test_the_welcome_can_be_left_with_one_click(iria_news: MailingList, mails: Mails, browser: Client) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    subscription = ada.subscriptions.get()
    post_to_subscriber(ada, WELCOME, WelcomeContext((subscription.pk,)))
    (welcome,) = mails()
    heads = welcome.message()
    assert heads["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    browser.post(path_of(heads["List-Unsubscribe"].strip("<>")), {"List-Unsubscribe": "One-Click"})
    subscription.refresh_from_db()
    assert subscription.status == "left"


@pytest.mark.parametrize("kind", ["confirmation", "reminder", "welcome", "preferences_link"])
def test_the_html_of_a_mail_asks_nobody_for_anything(iria_news: MailingList, mails: Mails, kind: str) -> None:
    ada = make_subscriber("ada@example.org")
    status = "pending" if kind in {"confirmation", "reminder"} else "confirmed"
    subscription = make_subscription(ada, iria_news, status=status)
    context = {"subscriptions": [subscription.pk], "asked_at": int(subscription.requested_at.timestamp())}
    Message.objects.create(
        kind=kind, subscriber_id=ada.pk, address=ada.email, context=context, due_at=subscription.requested_at
    )
    (message,) = mails()
    html = str(message.alternatives[0][0])
    assert '<html lang="en"' in html
    assert re.search(r"<title>[^<]+</title>", html)
    addresses = set(re.findall(r"https?://[^\"'<> )]+", html)) - {"http://www.w3.org/1999/xhtml"}
    assert addresses
    assert all(address.startswith("https://news.iria.example/") for address in addresses)
    assert "@import" not in html
    assert html.count("<h1") == 1


def test_a_name_of_a_list_cannot_smuggle_in_a_header(iria_news: MailingList, mails: Mails) -> None:
    iria_news.from_name = "IRIA\r\nBcc: eve@example.org"
    iria_news.save()
    asked(iria_news)
    (confirmation,) = mails()
    heads = confirmation.message()
    assert heads["Bcc"] is None
    assert heads["From"] == '"IRIA Bcc: eve@example.org" <news@iria.example>'


def test_the_number_of_queries_grows_by_the_same_for_each_mail(
    iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_rates, "READ_SECONDS", 60.0)  # or a busy machine asks once more for the rate

    def queries(readers: int, prefix: str) -> int:
        for number in range(readers):
            asked(iria_news, f"{prefix}{number}@example.org")
        with CaptureQueriesContext(connection) as captured:
            assert send_due() == readers
        return len(captured)

    two, six = queries(2, "a"), queries(6, "b")
    assert (six - 3) / 6 == (two - 3) / 2  # what came in, what is due, whether the server said that we are too fast


def test_a_reader_of_nothing_can_still_get_the_link(iria_news: MailingList, browser: Client) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    ada.subscriptions.update(status="left")
    browser.post("/preferences/", {"email": "ada@example.org"})
    assert send_due() == 1
    assert "subscribed to any newsletters" in mail.outbox[0].body


class Elements(HTMLParser):
    """What a mail program makes of the HTML: which elements, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_names_with_markup_stand_in_a_mail_as_they_are(topics: list[Topic], mails: Mails) -> None:
    name = 'Law & Order <Weekly> "Review" {{ name }}'
    strange = make_list(name=name, slug="strange", topics=topics)
    topics[0].name = "R&D <b>"
    topics[0].save()
    request_subscription(SignupRequest(email="ada@example.org", lists=[strange], topics=topics[:1]))
    (message,) = mails()
    assert message.subject == f"Confirm your subscription to {name}"
    assert f"* {name}: R&D <b>" in message.body
    html = str(message.alternatives[0][0])
    elements = Elements()
    elements.feed(html)
    assert not elements.names & {"weekly", "b"}
    assert f"{name}: R&D <b>" in elements.text
