"""In whose zone a page says a time, and in which it reads one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from iria.models import StaffProfile
from mail.outbox.kinds import write_message
from newsletters.models import Article, Institute
from tests.every_mail import ASKED, message_row
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
TEMPLATES = Path(__file__).parents[3] / "templates" / "admin"
# In Kathmandu it is the next day already, in Honolulu still the one before.
LATE = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)


@pytest.fixture
def institute() -> Institute:
    return Institute.objects.create(name="IRIA", zone="Asia/Kathmandu")


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def choose(zone: str) -> None:
    StaffProfile.objects.update_or_create(user=User.objects.get(username="owner"), defaults={"zone": zone})


def fields_of(client: Client, path: str) -> Any:
    return client.get(path).context["adminform"].form


def test_everyone_in_public_sees_the_institutes_day(institute: Institute, owner: Client) -> None:
    article = make_article(published_at=LATE)
    choose("Pacific/Honolulu")
    for browser in (Client(), owner):
        assert "4 March 2026" in browser.get(article.get_absolute_url()).content.decode()


def test_a_part_that_was_rendered_in_another_zone_is_rendered_anew(institute: Institute, client: Client) -> None:
    article = make_article(published_at=LATE)
    for zone, day in (("Asia/Kathmandu", "4 March 2026"), ("Pacific/Honolulu", "3 March 2026")):
        Institute.objects.update(zone=zone)
        said = client.get(article.get_absolute_url()).content.decode()
        assert day in said.partition('<div class="prose"')[0]


def test_a_zone_that_was_deleted_breaks_no_page(client: Client) -> None:
    Institute.objects.create(name="IRIA", zone="Europe/Atlantis")
    assert "3 March 2026" in client.get(make_article(published_at=LATE).get_absolute_url()).content.decode()


def test_staff_see_their_own_zone_else_the_institutes_and_it_is_named(institute: Institute, owner: Client) -> None:
    make_article(published_at=LATE)
    path = "/admin/newsletters/article/"
    assert "4 March 2026, 04:45 +0545" in owner.get(path).content.decode()
    choose("Pacific/Honolulu")
    assert "3 March 2026, 13:00 HST" in owner.get(path).content.decode()


@pytest.mark.parametrize(
    ("zone", "typed", "meant"),
    [
        ("Europe/Berlin", "2026-07-01 09:30", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        ("Europe/Berlin", "2026-12-01 09:30", datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", "2026-12-01 09:30", datetime(2026, 11, 30, 22, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", "2026-12-01 09:30", datetime(2026, 12, 1, 3, 45, tzinfo=UTC)),
    ],
)
def test_what_a_form_shows_it_reads_in_the_same_zone(
    institute: Institute, owner: Client, zone: str, typed: str, meant: datetime
) -> None:
    choose(zone)
    article = make_article(topics=[make_topic()], status=Article.Status.PUBLISHED)
    path = f"/admin/newsletters/article/{article.pk}/change/"
    form = fields_of(owner, path)
    assert zone in str(form["published_at"].label)
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value not in (None, False)}
    day, at = typed.split()
    inline = {"articleauthor_set-TOTAL_FORMS": "0", "articleauthor_set-INITIAL_FORMS": "0"}
    sent = {**values, **inline, "published_at_0": day, "published_at_1": at}
    answer = owner.post(path, sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    article.refresh_from_db()
    assert article.published_at == meant
    shown = fields_of(owner, path)["published_at"].value()
    assert f"{timezone.localtime(shown, timezone.get_fixed_timezone(0)):%H:%M}" == f"{meant:%H:%M}"


def test_a_newsletters_own_clock_is_read_where_ones_own_skips_that_hour(institute: Institute, owner: Client) -> None:
    """02:30 on 29 March doesn't exist in Berlin, and does in Kathmandu, where the newsletter is at home."""
    choose("Europe/Berlin")
    mailing_list = make_list()
    make_reader(mailing_list)
    edition = make_edition(make_newsletter(mailing_list, zone="Asia/Kathmandu"))
    answer = owner.post(f"/admin/newsletters/edition/{edition.pk}/send/", {"when": "at", "at": "2037-03-29T02:30"})
    assert "interpreted" not in answer.content.decode()


def test_a_message_says_times_in_the_institutes_zone(institute: Institute) -> None:
    with time_machine.travel(ASKED, tick=False):
        message = write_message(message_row("confirmation", "en"))
    assert "+0545." in str(message.body)


def test_nothing_of_a_zone_is_left_behind(institute: Institute, client: Client) -> None:
    client.get("/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_owners_pages_ask_nothing_more_of_the_database(
    institute: Institute, owner: Client, django_assert_max_num_queries: Any
) -> None:
    owner.get("/admin/newsletters/article/")
    with django_assert_max_num_queries(12) as without:
        owner.get("/admin/newsletters/article/")
    choose("Europe/Berlin")
    with django_assert_max_num_queries(len(without)):
        owner.get("/admin/newsletters/article/")


def test_every_time_of_day_on_a_page_of_the_staff_names_its_zone() -> None:
    """In the ledger the head of the column does."""
    times = {
        f"{path.relative_to(TEMPLATES)}: {shown}"
        for path in TEMPLATES.rglob("*.html")
        for shown in re.findall(r"""date:["']([^"']*H:i[^"']*)["']""", path.read_text(encoding="utf-8"))
        if not shown.endswith((" T", " e"))
    }
    assert times == {"newsletters/edition/ledger.html: j F Y, H:i:s"}
