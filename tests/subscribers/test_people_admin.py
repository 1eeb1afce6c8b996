"""People in the admin: found, added, looked at; suppressed, released, resent and erased with a note by who may."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mail.models import Message
from subscribers import suppression
from subscribers.admin.big_tables import CappedPaginator
from subscribers.erasure import erase
from subscribers.models import (
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
    TopicSelection,
)
from tests.factories import make_reader, make_subscriber, make_subscription

PEOPLE = "/admin/subscribers/subscriber/"
ADA = "ada@example.org"


@pytest.fixture
def bea(db: None) -> Client:
    """May do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("bea", "bea@iria.example", "secret"))
    return client


@pytest.fixture
def carl(db: None) -> Client:
    """May look at people and change them, but neither suppress nor erase."""
    carl = User.objects.create_user("carl", "carl@iria.example", "secret", is_staff=True)
    carl.user_permissions.set(
        Permission.objects.filter(codename__in=["view_subscriber", "change_subscriber", "view_suppression"])
    )
    client = Client()
    client.force_login(carl)
    return client


def test_a_person_is_found_by_address_in_any_spelling_by_part_of_it_and_by_name(
    bea: Client, iria_news: MailingList
) -> None:
    ada = make_reader(iria_news, email=ADA)
    ada.name = "Ada Byron"
    ada.save()
    make_reader(iria_news, email="bob@example.org")
    for words in ("ADA@Example.org", "ada@", "byron"):
        page = bea.get(PEOPLE, {"q": words}).content.decode()
        assert "ada@example.org" in page, words
        assert "bob@example.org" not in page, words


@pytest.mark.parametrize(
    ("choice", "found"), [({"status": "pending"}, "bob"), ({"list": "iria-news"}, "ada"), ({"status": "left"}, "")]
)
def test_people_are_filtered_by_status_and_list(
    bea: Client, iria_news: MailingList, choice: dict[str, str], found: str
) -> None:
    make_reader(iria_news, email="ada@example.org")
    other = MailingList.objects.create(name="Other", slug="other")
    make_subscription(make_subscriber("bob@example.org"), other, status="pending")
    page = bea.get(PEOPLE, choice).content.decode()
    assert [name for name in ("ada", "bob") if f"{name}@example.org" in page] == ([found] if found else [])


def test_the_list_costs_the_same_for_few_and_many_and_counts_at_most_so_far(
    bea: Client, iria_news: MailingList
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert bea.get(PEOPLE).status_code == 200
        return [query["sql"] for query in captured]

    make_reader(iria_news)
    few = queries()
    for _ in range(8):
        make_reader(iria_news)
    many = queries()
    assert len(many) == len(few)
    counts = [sql for sql in many if "COUNT(" in sql]
    assert counts
    assert all("LIMIT 10001" in sql for sql in counts)


def test_a_person_added_by_staff_is_asked_to_confirm(bea: Client, iria_news: MailingList) -> None:
    form = {"email": ADA, "name": "Ada", "lists": [iria_news.pk], "send_confirmation": "on", "note": ""}
    response = bea.post(f"{PEOPLE}add/", form, follow=True)
    assert "We&#x27;ve sent a confirmation email" in response.content.decode()
    assert Subscription.objects.get().status == "pending"
    assert Message.objects.get().kind == "confirmation"
    record = ConsentRecord.objects.get()
    assert (record.action, record.source, record.staff) == ("asked", "staff", "bea")


def test_a_saved_person_stays_open_and_one_button_saves(bea: Client, iria_news: MailingList) -> None:
    form = {"email": ADA, "name": "Ada", "lists": [iria_news.pk], "send_confirmation": "on", "note": ""}
    added = bea.post(f"{PEOPLE}add/", form | {"_save": "Save"})
    page = f"{PEOPLE}{Subscriber.objects.get().pk}/change/"
    assert added.headers["Location"] == page
    for shown in (bea.get(f"{PEOPLE}add/"), bea.get(page)):
        buttons = shown.content.decode().split('<div class="submit-row">')[1].split("</div>")[0]
        assert buttons.count('<input type="submit"') == 1, buttons
    inline = {"subscriptions-TOTAL_FORMS": "0", "subscriptions-INITIAL_FORMS": "0"}
    changed = bea.post(page, {"name": "Ada Byron", "tags": "", "_save": "Save", **inline})
    assert changed.headers["Location"] == page
    assert "Ada Byron" in bea.get(page).content.decode()


def test_a_person_who_agreed_elsewhere_is_added_with_a_note_only(bea: Client, iria_news: MailingList) -> None:
    form = {"email": ADA, "name": "", "lists": [iria_news.pk], "note": ""}
    response = bea.post(f"{PEOPLE}add/", form)
    assert "note where and when" in response.content.decode()
    assert not Subscriber.objects.exists()
    bea.post(f"{PEOPLE}add/", form | {"note": "signed card at the open day, 2 March 2026"})
    assert Subscription.objects.get().status == "confirmed"
    assert "open day" in ConsentRecord.objects.get(action="confirmed").detail
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", ["ada@", "known@example.org", "stopped@example.org"])
def test_an_address_that_cannot_be_added_is_explained(bea: Client, iria_news: MailingList, address: str) -> None:
    make_reader(iria_news, email="known@example.org")
    suppression.suppress("stopped@example.org", reason=Suppression.Reason.COMPLAINT)
    form = {"email": address, "name": "", "lists": [iria_news.pk], "send_confirmation": "on"}
    response = bea.post(f"{PEOPLE}add/", form)
    assert response.status_code == 200
    assert 'class="errorlist"' in response.content.decode()
    assert Subscriber.objects.count() == 1


def test_a_person_is_suppressed_and_released_with_a_note(bea: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    page = bea.get(f"{PEOPLE}{ada.pk}/change/").content.decode()
    assert "Suppress this address" in page
    link = f"{PEOPLE}{ada.pk}/do/suppress/"
    assert bea.get(link).status_code == 200
    assert bea.post(link, {"note": ""}).status_code == 422
    assert not suppression.is_suppressed(ADA)
    done = bea.post(link, {"note": "asked by phone"}, follow=True).content.decode()
    assert "won&#x27;t get any more email" in done
    assert "asked by phone" in done  # in the history
    assert Suppression.objects.get().by == "bea"
    bea.post(f"{PEOPLE}{ada.pk}/do/release/", {"note": "changed her mind"})
    assert not suppression.is_suppressed(ADA)


def test_looking_at_a_deed_does_nothing(bea: Client, iria_news: MailingList) -> None:
    ada = make_subscriber(ADA)
    make_subscription(ada, iria_news, status="pending")
    for what in ("suppress", "resend", "erase"):
        assert bea.get(f"{PEOPLE}{ada.pk}/do/{what}/").status_code == 200
    assert not Suppression.objects.exists()
    assert not Message.objects.exists()
    assert Subscriber.objects.exists()


def test_a_confirmation_is_sent_again_within_the_limit(bea: Client, iria_news: MailingList) -> None:
    ada = make_subscriber(ADA)
    make_subscription(ada, iria_news, status="pending")
    link = f"{PEOPLE}{ada.pk}/do/resend/"
    pages = [bea.post(link, follow=True).content.decode() for _ in range(4)]
    assert "sent a confirmation email" in pages[0]
    assert "Try again tomorrow" in pages[3]
    assert Message.objects.count() == 3


def test_erasing_needs_a_note_and_leaves_no_address_in_the_log(bea: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    bea.post(f"{PEOPLE}{ada.pk}/do/suppress/", {"note": "first this"})
    assert LogEntry.objects.filter(object_repr=ADA).exists()
    response = bea.post(f"{PEOPLE}{ada.pk}/do/erase/", {"note": "asked by letter"}, follow=True)
    assert "The person was erased" in response.content.decode()
    assert not Subscriber.objects.exists()
    assert not LogEntry.objects.filter(object_repr=ADA).exists()


def test_who_may_not_is_neither_shown_nor_let_through(carl: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    page = carl.get(f"{PEOPLE}{ada.pk}/change/").content.decode()
    assert "Suppress this address" not in page
    assert "Erase this person" not in page
    for what in ("suppress", "erase"):
        assert carl.post(f"{PEOPLE}{ada.pk}/do/{what}/", {"note": "I want to"}).status_code == 403
    suppression.suppress(ADA, reason=Suppression.Reason.STAFF)
    entry = Suppression.objects.get()
    assert carl.post(f"/admin/subscribers/suppression/{entry.pk}/release/", {"note": "x"}).status_code == 403
    assert Suppression.objects.exists()


def test_a_deed_that_is_not_possible_any_more_says_so(bea: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    page = bea.post(f"{PEOPLE}{ada.pk}/do/release/", {"note": "x"}, follow=True).content.decode()
    assert "isn&#x27;t possible now" in page
    assert bea.get(f"{PEOPLE}999999/do/release/").status_code == 404


def test_an_erased_address_is_found_in_the_suppression_list_and_released(bea: Client, iria_news: MailingList) -> None:
    erase(make_reader(iria_news, email=ADA), note="by letter", by="bea")
    entry = Suppression.objects.get()
    page = bea.get("/admin/subscribers/suppression/", {"q": "Ada@example.org"}).content.decode()
    assert f"/admin/subscribers/suppression/{entry.pk}/release/" in page
    bea.post(f"/admin/subscribers/suppression/{entry.pk}/release/", {"note": "came to the office"})
    assert not Suppression.objects.exists()


def test_any_address_can_be_put_on_the_suppression_list(bea: Client, iria_news: MailingList) -> None:
    bea.post("/admin/subscribers/suppression/add/", {"email": "Trap@Example.org", "note": "a spam trap"})
    assert Suppression.objects.get().note == "a spam trap"
    assert suppression.is_suppressed("trap@example.org")


@pytest.mark.parametrize("model", ["subscribers/consentrecord", "mail/message"])
def test_records_are_read_only(bea: Client, iria_news: MailingList, model: str) -> None:
    bea.post(f"{PEOPLE}add/", {"email": ADA, "lists": [iria_news.pk], "send_confirmation": "on"})
    row = (Message if model == "mail/message" else ConsentRecord).objects.get()
    assert bea.get(f"/admin/{model}/", {"q": "ada@"}).status_code == 200
    assert bea.get(f"/admin/{model}/{row.pk}/change/").status_code == 200
    assert bea.post(f"/admin/{model}/{row.pk}/change/", {}).status_code == 403
    assert bea.post(f"/admin/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert bea.get(f"/admin/{model}/add/").status_code == 403


def test_a_list_or_topic_that_readers_chose_is_not_deleted(
    bea: Client, iria_news: MailingList, topics: list[Topic]
) -> None:
    make_reader(iria_news, topics=topics[:1])
    for address in (f"mailinglist/{iria_news.pk}", f"topic/{topics[0].pk}"):
        assert bea.post(f"/admin/subscribers/{address}/delete/", {"post": "yes"}).status_code == 403
    assert TopicSelection.objects.get().topics.get() == topics[0]
    assert bea.post(f"/admin/subscribers/topic/{topics[1].pk}/delete/", {"post": "yes"}).status_code == 302


def test_a_line_break_in_a_sender_name_is_refused(bea: Client, iria_news: MailingList) -> None:
    form = {"name": "IRIA News", "slug": "iria-news", "from_name": "IRIA\r\nBcc: eve@example.org", "position": 1}
    response = bea.post(f"/admin/subscribers/mailinglist/{iria_news.pk}/change/", form)
    assert response.status_code == 200
    assert "must be on one line" in response.content.decode()
    assert MailingList.objects.get().from_name == "IRIA News"


def test_a_list_that_is_not_counted_to_its_end_says_so(bea: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CappedPaginator, "MOST_CHOSEN", 2)
    for number in range(2):
        make_subscriber(f"reader{number}@example.org")
    found = {"q": "reader"}
    assert "2 results" in bea.get(PEOPLE, found).content.decode()
    make_subscriber("reader2@example.org")
    page = bea.get(PEOPLE, found).content.decode()
    assert "more than 2 results" in page
    assert "more than 2 subscribers" in page


def test_an_address_at_the_beginning_of_a_message_gets_no_capital_letter(bea: Client) -> None:
    person = make_subscriber(ADA)
    answer = bea.post(f"{PEOPLE}{person.pk}/do/suppress/", {"note": "asked by phone"}, follow=True)
    assert ">ada@example.org won&#x27;t get any more email.<" in answer.content.decode()
