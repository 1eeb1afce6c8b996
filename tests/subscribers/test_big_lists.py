"""Lists of a great many rows: counted no further than anybody reads, searched by index alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mail.models import Message
from subscribers.admin.big_tables import CappedPaginator
from subscribers.models import ConsentRecord, Subscriber, Subscription, Suppression
from tests.factories import make_list, make_reader, make_subscriber, make_subscription

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/subscribers/subscriber/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CappedPaginator, "MOST", 4)
    monkeypatch.setattr(CappedPaginator, "MOST_CHOSEN", 2)


def found(staff: Client, address: str) -> list[str]:
    answer = staff.get(address)
    assert answer.status_code == 200
    return sorted(str(row) for row in answer.context["cl"].result_list)


def explained(rows: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # an empty table is read as a whole otherwise
    return str(rows.explain())


# --- Counting -----------------------------------------------------------------------------------------------------
def test_a_list_is_counted_only_so_far_and_says_so(staff: Client, few: None) -> None:
    for _ in range(6):
        make_subscriber()
    assert "more than 4 subscribers" in staff.get(PEOPLE).content.decode()
    Subscriber.objects.update(is_suppressed=True)
    assert "more than 2 subscribers" in staff.get(f"{PEOPLE}?is_suppressed__exact=1").content.decode()


def test_what_is_less_is_counted_exactly(staff: Client, few: None) -> None:
    for _ in range(4):
        make_subscriber()
    assert "4 subscribers" in staff.get(PEOPLE).content.decode()
    assert "more than" not in staff.get(PEOPLE).content.decode()


@pytest.mark.parametrize(
    "page",
    ["subscribers/subscriber", "subscribers/consentrecord", "mail/message", "subscribers/suppression",
     "newsletters/article", "newsletters/edition", "newsletters/comment", "newsletters/occurrence"],
)  # fmt: skip
def test_no_list_counts_all_rows_of_its_table(staff: Client, page: str) -> None:
    for query in ("", "?q=somebody"):
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(f"/admin/{page}/{query}").status_code in {200, 302}
        counts = [each["sql"] for each in queries if "COUNT(" in each["sql"].upper()]
        assert [sql for sql in counts if "LIMIT" not in sql and "WHERE" not in sql] == []
        assert query or any("LIMIT" in sql for sql in counts)  # a search that finds nobody asks for nothing more


# --- Searching ----------------------------------------------------------------------------------------------------
def test_people_are_found_by_the_beginning_of_address_or_name_whatever_the_capitals(staff: Client) -> None:
    make_subscriber("berta@readers.example", name="Berta Berg")
    make_subscriber("b.klein@readers.example", name="Clara Klein")
    make_subscriber("dora@berta.example", name="Dora")
    assert found(staff, f"{PEOPLE}?q=BERT") == ["berta@readers.example"]
    assert found(staff, f"{PEOPLE}?q=b") == ["b.klein@readers.example", "berta@readers.example"]
    assert found(staff, f"{PEOPLE}?q=clara+k") == ["b.klein@readers.example"]
    assert found(staff, f"{PEOPLE}?q=Dora%40berta.example") == ["dora@berta.example"]


@pytest.mark.parametrize(("few", "finds"), [(20_000, ["b.klein@readers.example"]), (0, [])])
def test_a_part_is_looked_for_only_among_few(
    staff: Client, monkeypatch: pytest.MonkeyPatch, few: int, finds: list[str]
) -> None:
    monkeypatch.setattr("subscribers.admin.people_search.FEW", few)
    make_subscriber("b.klein@readers.example", name="Clara Kleiber")
    assert found(staff, f"{PEOPLE}?q=klei") == finds
    assert found(staff, f"{PEOPLE}?q=clara") == ["b.klein@readers.example"]


def test_what_looks_like_a_pattern_is_taken_as_it_is(staff: Client) -> None:
    make_subscriber("a_b@readers.example")
    make_subscriber("axb@readers.example")
    assert found(staff, f"{PEOPLE}?q=a_") == ["a_b@readers.example"]
    assert found(staff, f"{PEOPLE}?q=%25") == []


def test_a_search_for_people_reads_no_table(staff: Client) -> None:
    make_subscriber("berta@readers.example")
    by_name = explained(Subscriber.objects.filter(name__istartswith="Ber").order_by())
    assert "people_by_name" in by_name
    for number in (1, 8):
        while Subscriber.objects.count() < number:
            make_subscriber(f"berta{Subscriber.objects.count()}@readers.example")
        with CaptureQueriesContext(connection) as queries:
            assert len(Subscriber.objects.beginning_with("ber", 10)) == number
        assert len(queries) == 2
    by_address = explained(Suppression.objects.filter(email__istartswith="ber").order_by())
    assert "suppressed_by_address" in by_address


def test_records_and_mails_are_found_by_their_person(staff: Client) -> None:
    berta = make_subscriber("berta@readers.example")
    other = make_subscriber("clara@readers.example")
    for person in (berta, other):
        ConsentRecord.objects.create(subscriber=person, address_hash="0" * 64, action="left", source="form")
        Message.objects.create(subscriber_id=person.pk, address=person.email, kind="welcome", due_at=person.created_at)
    for page in ("subscribers/consentrecord", "mail/message"):
        assert len(found(staff, f"/admin/{page}/?q=bert")) == 1
        assert len(found(staff, f"/admin/{page}/?q=berta@readers.example")) == 1
        assert found(staff, f"/admin/{page}/?q=nobody") == []


def test_only_messages_that_wait_say_when_they_are_tried_next(staff: Client) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    Message.objects.create(address="ada@readers.example", kind="welcome", due_at=at, state=Message.State.SENT)
    assert "2 March 2026, 09:00" not in staff.get("/admin/mail/message/").content.decode()
    Message.objects.update(state=Message.State.WAITING)
    assert "2 March 2026, 09:00" in staff.get("/admin/mail/message/").content.decode()


# --- Filtering ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rare", [0, 1000])
def test_people_are_chosen_by_status_and_list_together(
    staff: Client, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr("subscribers.admin.people_filters.RARE", rare)
    news, weekly = make_list(slug="news"), make_list(slug="weekly")
    both = make_reader(news, email="both@readers.example")
    make_subscription(both, weekly, status=Subscription.Status.UNSUBSCRIBED)
    make_reader(weekly, email="weekly@readers.example")
    assert found(staff, f"{PEOPLE}?status=left") == ["both@readers.example"]
    assert found(staff, f"{PEOPLE}?status=confirmed") == ["both@readers.example", "weekly@readers.example"]
    assert found(staff, f"{PEOPLE}?list=news") == ["both@readers.example"]
    assert found(staff, f"{PEOPLE}?list=weekly&status=confirmed") == ["weekly@readers.example"]
    assert found(staff, f"{PEOPLE}?list=news&status=left") == []


def test_more_people_cost_no_more_queries(staff: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(f"{PEOPLE}?status=confirmed").status_code == 200
        return len(queries)

    mailing_list = make_list()
    for _ in range(3):
        make_reader(mailing_list)
    cost()
    few = cost()
    for _ in range(9):
        make_reader(mailing_list)
    assert cost() == few
