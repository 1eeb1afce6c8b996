"""The newest public edition of each list, as a sample for who thinks of subscribing."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletters.models import Edition
from newsletters.site.sample_editions import newest_editions
from subscribers import sample_editions
from subscribers.models import MailingList
from tests.factories import make_edition, make_list, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db


def sent(mailing_list: MailingList, subject: str, status: str = "sent") -> Edition:
    if not mailing_list.subscriptions.exists():
        make_reader(mailing_list)
    edition = queue(make_edition(make_newsletter(mailing_list), subject=subject))
    Edition.objects.filter(pk=edition.pk).update(status=status)
    return edition


def test_each_list_has_its_newest_public_edition_in_two_queries() -> None:
    news, review, new = (make_list() for _ in range(3))
    with time_machine.travel("2026-03-02T07:00:00Z", tick=False):
        sent(news, "Older")
    with time_machine.travel("2026-03-03T07:00:00Z", tick=False):
        newest = sent(news, "{{ newsletter }} for {{ first_name|you }}")
        sent(news, "Called off", status="cancelled")
        other = sent(review, "Review")
    for lists in ([news], [news, review, new]):
        with CaptureQueriesContext(connection) as queries:
            found = newest_editions(lists)
        assert len(queries) == 2
    assert set(found) == {news.pk, review.pk}
    assert found[news.pk].title == f"{newest.newsletter.name} for you"
    assert found[news.pk].path == newest.path
    assert found[news.pk].date == date(2026, 3, 3)
    assert found[news.pk].sender == "news@iria.example"
    assert found[review.pk].path == other.path


def test_the_reader_pages_ask_here() -> None:
    mailing_list = make_list()
    sent(mailing_list, "Hello")
    assert sample_editions.find_samples([mailing_list])[mailing_list.pk].title == "Hello"
