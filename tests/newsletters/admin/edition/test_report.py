"""The report on the page of an edition."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Edition
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.reports.test_figures import DAY, sent

pytestmark = pytest.mark.django_db


def page(client: Client, edition: Edition) -> str:
    return client.get(f"/admin/newsletters/edition/{edition.pk}/change/").content.decode()


def test_the_page_of_a_sent_edition_reports_beside_what_is_usual(editor: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    newsletter = make_newsletter(mailing_list)
    for days in (4, 3, 2):
        sent(newsletter, timezone.now() - days * DAY, accepted=90)
    shown = page(editor, sent(newsletter, timezone.now() - DAY, accepted=95, rejected=5))
    report = shown.split('id="report"')[1].split("</section>")[0]
    assert "<td>95</td><td>95%</td><td>90%</td>" in report
    assert "median of the 3 editions before" in report
    assert "track opens or clicks" in report
    assert "Opens</th>" not in report


def test_before_it_begins_there_is_nothing_to_report(publisher: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    assert 'id="report"' not in page(publisher, make_edition(make_newsletter(mailing_list)))
