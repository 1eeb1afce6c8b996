"""The report on the page of an edition."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletters.delivery.engine import freezing
from newsletters.events.clicks.sums import add_clicks
from newsletters.models import CountedLink, Edition
from newsletters.reports.list_figures import count_list
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, queue
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
    assert "Opens and clicks aren" in report
    assert "Opens</th>" not in report


def test_before_it_begins_there_is_nothing_to_report(publisher: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    assert 'id="report"' not in page(publisher, make_edition(make_newsletter(mailing_list)))


def test_the_report_names_the_links_that_people_followed_in_the_order_of_the_email(editor: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    article = make_article(title="A headline")
    edition = queue(make_edition(make_newsletter(mailing_list), articles=[article]))
    assert freezing.start(edition.pk)
    urls = ["https://a.example/", f"{settings.SITE_URL}{article.get_absolute_url()}", "https://never.example/"]
    links = [CountedLink.objects.create(edition=edition, number=n, url=url) for n, url in enumerate(urls, 1)]
    for link, is_machine, clicks in ((links[1], False, 1204), (links[0], False, 3), (links[0], True, 17)):
        add_clicks({(link.pk, timezone.now(), is_machine): clicks})
    shown = page(editor, edition)
    report = shown.split('id="report"')[1].split("</section>")[0]
    assert report.index("https://a.example/") < report.index("A headline")
    assert "1,204" in report
    assert "17 more clicks came from programs" in report
    assert "never.example" not in report


def test_the_full_report_has_the_numbers_a_chart_and_the_table_behind_it(editor: Client, counted: Edition) -> None:
    assert f"/edition/{counted.pk}/report/" in page(editor, counted)
    shown = editor.get(f"/admin/newsletters/edition/{counted.pk}/report/").content.decode()
    assert "A headline" in shown
    assert shown.count("1,204") >= 4  # among the first, in the table of all, by hour, by link
    assert '<svg class="chart"' in shown
    assert "Opens (estimate)" in shown
    assert "Not known yet" in shown  # providers and languages


def test_the_map_shows_the_email_with_the_clicks_in_a_frame_without_scripts(editor: Client, counted: Edition) -> None:
    answer = editor.get(f"/admin/newsletters/edition/{counted.pk}/report/map/")
    assert 'aria-label="1,204 clicks, 100%"' in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy.replace("allow-scripts", "x")
    assert "reader@example.org" not in answer.content.decode()


def test_the_report_is_downloaded_as_csv(editor: Client, counted: Edition) -> None:
    answer = editor.get(f"/admin/newsletters/edition/{counted.pk}/report.csv")
    assert answer["Content-Disposition"].endswith('-report.csv"')
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert '"measure","clicks","Clicks","1204"' in text


@pytest.mark.parametrize("address", ["report/", "report/map/", "report.csv"])
def test_a_draft_has_no_report(editor: Client, address: str) -> None:
    edition = make_edition()
    assert editor.get(f"/admin/newsletters/edition/{edition.pk}/{address}").status_code == 404


def test_the_report_of_a_newsletter_has_its_editions_charts_and_a_file(editor: Client, counted: Edition) -> None:
    address = f"/admin/newsletters/newsletter/{counted.newsletter_id}"
    assert f"{address}/report/" in editor.get(f"{address}/change/").content.decode()
    shown = editor.get(f"{address}/report/").content.decode()
    assert f"/admin/newsletters/edition/{counted.pk}/report/" in shown
    assert "A headline" in shown
    assert shown.count('<svg class="chart"') == 2
    assert "Not known yet: a worker counts this" in shown
    count_list(counted.newsletter.mailing_list)
    assert "Sources of sign-ups" in editor.get(f"{address}/report/").content.decode()
    answer = editor.get(f"{address}/report.csv")
    assert '"A headline","1204"' in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert editor.get("/admin/newsletters/newsletter/999999/report/").status_code == 404
