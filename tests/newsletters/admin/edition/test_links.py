"""Mending where a link leads after sending: who may, what is refused, what is kept, and what the archive shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from newsletters.delivery.engine import freezing
from newsletters.events.clicks.links import LinkTables
from newsletters.models import CountedLink, Edition, MendedLink, Newsletter
from tests.factories import make_edition, make_newsletter, make_reader, queue

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
WRONG = "https://example.org/wrong?a=1&b=2"


@pytest.fixture
def sent() -> Edition:
    newsletter = make_newsletter(tracking=Newsletter.Tracking.ANONYMOUS)
    make_reader(newsletter.mailing_list)
    edition = make_edition(newsletter, introduction='<p><a href="https://example.org/wrong?a=1&amp;b=2">Here</a></p>')
    queue(edition)
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    return edition


@pytest.fixture
def number(sent: Edition) -> int:
    return CountedLink.objects.get(edition=sent, url=WRONG).number


def page(edition: Edition) -> str:
    return reverse("admin:newsletters_edition_links", args=[edition.pk])


def test_a_publisher_mends_a_link_and_it_is_kept_who_did(
    publisher: Client, client: Client, sent: Edition, number: int, tmp_path: Path
) -> None:
    shown = publisher.get(page(sent)).content.decode()
    assert 'value="https://example.org/wrong?a=1&amp;b=2"' in shown
    for address in ("https://example.org/better", "https://example.org/right?x=1"):
        answer = publisher.post(page(sent), {"number": number, "address": f" {address} "}, follow=True)
        assert f"leads to {address}" in answer.content.decode()
    assert "Changed so far" in publisher.get(page(sent)).content.decode()
    assert list(MendedLink.objects.order_by("pk").values_list("before", "after", "by")) == [
        (WRONG, "https://example.org/better", "publisher"),
        ("https://example.org/better", "https://example.org/right?x=1", "publisher"),
    ]
    assert LinkTables(tmp_path).read(sent.pk)[number] == "https://example.org/right?x=1"
    assert "https://example.org/right" in LogEntry.objects.latest("pk").change_message
    archive = client.get(sent.get_absolute_url()).content.decode()
    assert 'href="https://example.org/right?x=1"' in archive
    assert "wrong" not in archive


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "isn&#x27;t a web address"),
        ("javascript:alert(1)", "isn&#x27;t a web address"),
        ("https://user:password@example.org/", "isn&#x27;t a web address"),
        ("https://example.org/\u202egnp.exe", "isn&#x27;t a web address"),
        ("/articles/x/", "isn&#x27;t a web address"),
        ("https://example.org/{{ name|you }}", "Merge fields"),
        ("https://example.org/" + "a" * 3000, "too long"),
    ],
)
def test_an_address_that_no_reader_could_open_is_refused(
    publisher: Client, sent: Edition, number: int, address: str, says: str
) -> None:
    answer = publisher.post(page(sent), {"number": number, "address": address})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not MendedLink.objects.exists()


@pytest.mark.parametrize("number", ["0", "999", "x", "9" * 400, ""])
def test_a_link_that_is_not_there_is_not_mended(publisher: Client, sent: Edition, number: str) -> None:
    answer = publisher.post(page(sent), {"number": number, "address": "https://a.example/"}, follow=True)
    assert "This edition has no such link" in answer.content.decode()


def test_the_same_address_again_is_no_change(publisher: Client, sent: Edition, number: int) -> None:
    answer = publisher.post(page(sent), {"number": number, "address": WRONG}, follow=True)
    assert "leads there already" in answer.content.decode()
    assert not MendedLink.objects.exists()


def test_an_editor_sees_the_links_and_may_not_mend_them(editor: Client, sent: Edition, number: int) -> None:
    shown = editor.get(page(sent)).content.decode()
    assert "https://example.org/wrong" in shown
    assert 'name="address"' not in shown
    assert editor.post(page(sent), {"number": number, "address": "https://a.example/"}).status_code == 403


def test_links_that_are_not_counted_cannot_be_mended_and_the_page_says_so(publisher: Client) -> None:
    edition = make_edition(make_newsletter())
    assert "aren't counted" in publisher.get(page(edition)).content.decode()
