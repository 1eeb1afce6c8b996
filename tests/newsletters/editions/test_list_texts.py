"""A list in the institute's own words: its sign-up page, its welcome, and its part of the archive."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mail.outbox.sending import send_due
from newsletters.editions.list_texts import save_list_text
from newsletters.models import Edition, ListText
from newsletters.site.change_triggers import SHOWN
from subscribers.models import MailingList, Subscription
from subscribers.signup import joining
from tests.factories import (
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscriber,
    make_subscription,
    start,
)

TEXT = '<p>Hello, and <a href="/articles/">our articles</a>.</p><script>alert(1)</script>'


@pytest.fixture
def weekly(db: None) -> MailingList:
    return make_list(name="Weekly", from_email="weekly@iria.example")


def welcome_of(*lists: MailingList, language: str = "") -> mail.EmailMultiAlternatives:
    reader = make_subscriber()
    reader.language = language
    reader.save()
    pending = [make_subscription(reader, each, status=Subscription.Status.PENDING) for each in lists]
    joining.accept_consent(reader, pending)
    send_due()
    return mail.outbox[-1]  # type: ignore[return-value]


def test_the_welcome_begins_with_the_words_of_its_list_and_language(weekly: MailingList) -> None:
    usual = welcome_of(weekly)
    assert usual.subject == "Welcome to Weekly"
    save_list_text(ListText(mailing_list=weekly, welcome_subject="So glad", welcome_text=TEXT))
    save_list_text(ListText(mailing_list=weekly, language="ar", welcome_subject="أهلًا", welcome_text="<p>مرحبا</p>"))
    own = welcome_of(weekly)
    html = str(own.alternatives[0][0])
    assert own.subject == "So glad" and "Hello, and our articles" in " ".join(str(own.body).split())
    assert 'href="https://news.iria.example/articles/"' in html and "alert(1)" not in html
    assert "Manage your email preferences" in html  # what follows by itself
    arabic = welcome_of(weekly, language="ar")
    assert arabic.subject == "أهلًا" and "مرحبا" in str(arabic.body)
    # Several at once: the usual words, which name them all.
    assert welcome_of(weekly, make_list()).subject == "Welcome to your newsletters"


def test_the_page_of_a_list_says_it(client: Client, weekly: MailingList) -> None:
    save_list_text(ListText(mailing_list=weekly, heading="Read us on Sundays", page_text=TEXT))
    page = client.get("/subscribe/weekly/").content.decode()
    assert re.search(r"<h1[^>]*>Read us on Sundays</h1>", page) and "our articles" in page and "alert(1)" not in page
    assert "newsletters_listtext" in {table.name for table in SHOWN}
    with CaptureQueriesContext(connection) as queries:
        client.get("/subscribe/")
    assert not [each for each in queries.captured_queries if "listtext" in each["sql"]]


def test_staff_write_them_once_a_language(admin_client: Client, weekly: MailingList) -> None:
    fields = {"mailing_list": weekly.pk, "language": "", "heading": "Sundays", "page_text": TEXT, "welcome_text": ""}
    assert admin_client.post("/admin/newsletters/listtext/add/", fields).status_code == 302
    text = ListText.objects.get()
    assert text.heading == "Sundays" and "<script" not in text.page_text
    twice = admin_client.post("/admin/newsletters/listtext/add/", fields)
    assert twice.status_code == 200 and "already exists" in twice.content.decode()
    merge = admin_client.post(
        f"/admin/newsletters/listtext/{text.pk}/change/", {**fields, "welcome_text": "<p>Dear {{ name }}</p>"}
    )
    assert "work in editions, not in this email" in merge.content.decode()


def test_the_archive_of_one_list(client: Client, weekly: MailingList) -> None:
    other = make_newsletter(make_list(name="Daily"))
    make_reader(weekly), make_reader(other.mailing_list)
    for newsletter, subject in [(other, "Of the other"), (make_newsletter(weekly), "Of the weekly")]:
        edition = start(make_edition(newsletter, subject=subject))
        Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENT)
    everything = client.get("/archive/").content.decode()
    assert "Of the other" in everything and "Of the weekly" in everything
    one = client.get("/archive/?list=weekly").content.decode()
    assert "Of the weekly" in one and "Of the other" not in one and "Archive of" in one
    assert client.get("/archive/?list=none").status_code == 404
    MailingList.objects.filter(pk=weekly.pk).update(is_public=False)
    assert client.get("/archive/?list=weekly").status_code == 404
