"""Private links to a report: they can't be guessed, end, are revoked, and tell nobody's name or address."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletters.delivery.engine import freezing
from newsletters.editions import editing
from newsletters.editions.drafts import Block, draft_of
from newsletters.events.clicks.mending import mend
from newsletters.events.clicks.sums import add_clicks
from newsletters.models import CountedLink, Edition, SharedReport
from newsletters.reports import sharing
from subscribers import tokens
from subscribers.attributes import holding
from subscribers.tokens import Purpose
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, queue
from tests.newsletters.delivery.audience.test_segments import make_segment

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def shared(counted: Edition) -> SharedReport:
    return sharing.share_report(counted, days=30, by="Ada")


def path_of(shared: SharedReport) -> str:
    return urlsplit(sharing.shared_url(shared)).path


def test_who_has_the_link_sees_the_report_without_logging_in(client: Client, shared: SharedReport) -> None:
    answer = client.get(path_of(shared))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "1,204" in shown
    assert "A headline" in shown
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex' in shown


def test_it_tells_no_name_or_address_of_a_reader_or_of_the_staff(client: Client, shared: SharedReport) -> None:
    reader = shared.edition.newsletter.mailing_list.subscriptions.get().subscriber
    for path in (path_of(shared), f"{path_of(shared)}email/"):
        shown = client.get(path).content.decode()
        assert reader.email not in shown
        assert "Ada" not in shown
        assert "/admin/" not in shown


def test_its_map_shows_the_email_in_a_frame_of_ours_alone(client: Client, shared: SharedReport) -> None:
    answer = client.get(f"{path_of(shared)}email/")
    assert "1,204 · 100%" in answer.content.decode()
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Robots-Tag"].startswith("noindex")


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
def test_a_link_that_has_ended_opens_nothing(client: Client, shared: SharedReport, column: str) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    SharedReport.objects.filter(pk=shared.pk).update(created_at=long_ago - timedelta(days=9), **{column: long_ago})
    for path in (path_of(shared), f"{path_of(shared)}email/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "1,204" not in answer.content.decode()
        assert answer["X-Robots-Tag"].startswith("noindex")


def test_nothing_but_our_own_token_for_this_opens_it(client: Client, shared: SharedReport) -> None:
    wrong = [str(shared.pk), tokens.make(Purpose.CLICK, shared.pk), tokens.make(Purpose.SHARED_REPORT, shared.pk + 1),
             tokens.make(Purpose.SHARED_REPORT, shared.pk, 1)]  # fmt: skip
    assert [client.get(f"/reports/{token}/").status_code for token in wrong] == [404] * 4


def test_what_only_readers_in_a_segment_get_is_not_shared(client: Client, publisher: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    members = make_segment("Members", {"field": "tag", "is": "is", "value": holding.get_or_create_tag("member").pk})
    for_all = make_article(title="For all")
    edition = make_edition(make_newsletter(mailing_list), articles=[for_all])
    secret = '<p>A secret <a href="https://secret.example/">place</a></p>'
    blocks = (*draft_of(edition).blocks, Block(kind="text", html=secret, only_segment=members.pk))
    edition = queue(editing.save(edition.pk, replace(draft_of(edition), blocks=blocks), revision=edition.revision))
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    CountedLink.objects.update_or_create(edition=edition, url="https://secret.example/", defaults={"number": 900})
    path = path_of(sharing.share_report(edition, days=7, by="Ada"))
    for address in (path, f"{path}email/"):
        assert "secret" not in client.get(address).content.decode()
    staff = f"/admin/newsletters/edition/{edition.pk}/report/"
    for address in (staff, f"{staff}map/"):
        assert "secret.example" in publisher.get(address).content.decode()
    # Links that lead elsewhere by now stay what they were: the one for members, and the one for all with its clicks.
    url = f"{settings.SITE_URL}{for_all.path}"
    first, _new = CountedLink.objects.update_or_create(edition=edition, url=url, defaults={"number": 1})
    add_clicks({(first.pk, timezone.now(), False): 1204})
    assert mend(edition.pk, 900, "https://mended.example/members", by="Ada")
    assert mend(edition.pk, first.number, "https://mended.example/all", by="Ada")
    for address in (path, f"{path}email/"):
        shown = client.get(address).content.decode()
        assert "secret" not in shown
        assert "mended.example/members" not in shown
        assert "1,204" in shown
    assert "mended.example/all" in client.get(path).content.decode()
    assert "mended.example/members" in publisher.get(staff).content.decode()


def test_staff_who_may_send_create_and_revoke_links(publisher: Client, counted: Edition) -> None:
    address = f"/admin/newsletters/edition/{counted.pk}/report"
    publisher.post(f"{address}/share/", {"days": "7"})
    made = counted.shared_reports.get()
    assert made.expires_at - made.created_at == timedelta(days=7)
    assert sharing.shared_url(made) in publisher.get(f"{address}/").content.decode()
    publisher.post(f"{address}/revoke/", {"link": made.pk})
    assert not counted.shared_reports.that_open().exists()
    assert sharing.shared_url(made) not in publisher.get(f"{address}/").content.decode()


def test_others_may_not(editor: Client, counted: Edition, shared: SharedReport) -> None:
    address = f"/admin/newsletters/edition/{counted.pk}/report"
    assert editor.post(f"{address}/share/", {"days": "7"}).status_code == 403
    assert editor.post(f"{address}/revoke/", {"link": shared.pk}).status_code == 403
    assert counted.shared_reports.that_open().get() == shared


def test_a_link_of_another_edition_is_not_revoked_here(counted: Edition, shared: SharedReport) -> None:
    assert not sharing.revoke_report(make_edition(), shared.pk, by="Ada")


@pytest.mark.parametrize("days", [0, -1, 8, 10**9])
def test_a_link_works_for_one_of_the_times_that_are_offered(counted: Edition, days: int) -> None:
    with pytest.raises(sharing.CantShare, match="Choose how long"):
        sharing.share_report(counted, days=days, by="Ada")


def test_a_draft_is_not_shared(db: None) -> None:
    with pytest.raises(sharing.CantShare, match="hasn't begun"):
        sharing.share_report(make_edition(), days=7, by="Ada")


def test_there_are_only_so_many_links(counted: Edition) -> None:
    for _ in range(sharing.MOST_OPEN):
        sharing.share_report(counted, days=7, by="Ada")
    with pytest.raises(sharing.CantShare, match="Revoke one first"):
        sharing.share_report(counted, days=7, by="Ada")
