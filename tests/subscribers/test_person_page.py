"""A person's page: one timeline of everything, by kind and page by page, and notes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import Delivery
from subscribers import timeline
from subscribers.erasure import erase
from subscribers.merging import merge
from subscribers.models import MailingList, PersonNote, Subscriber
from subscribers.personal_data import collect
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from tests.factories import make_edition, make_newsletter, make_reader, make_subscriber, start
from tests.subscribers.conftest import Mails


def as_role(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True, password="x")
    user.groups.add(Group.objects.get(name=name))
    client = Client()
    client.force_login(user)
    return client


def address_of(person: Subscriber) -> str:
    return f"/admin/subscribers/subscriber/{person.pk}/change/"


@pytest.fixture
def ada(iria_news: MailingList, mails: Mails) -> Subscriber:
    """Who asked, got the mail, and was sent an edition."""
    request_subscription(SignupRequest("ada@example.org", [iria_news]))
    mails()
    person = Subscriber.objects.get()
    reader = make_reader(iria_news)
    edition = start(make_edition(make_newsletter(iria_news), subject="Hello"))
    chunk = edition.chunks.get()
    Delivery.objects.create(
        edition=edition, subscriber_id=person.pk, chunk=chunk, fence=1, variant=0, outcome="rejected",
        reply="550 no such user <b>", settled_at=timezone.now(),
    )  # fmt: skip
    assert reader.pk != person.pk
    return person


def test_no_table_has_a_header_without_words(ada: Subscriber) -> None:
    page = as_role("Owner").get(address_of(ada)).content.decode()
    assert '<td class="original"></td>' in page  # above the names of the rows
    assert not re.findall(r"<th[^>]*>\s*</th>", page)


def test_everything_stands_on_one_timeline(ada: Subscriber) -> None:
    owner = as_role("Owner")
    owner.post(f"/admin/subscribers/subscriber/{ada.pk}/note/", {"text": "Called, wants the weekly."})
    page = owner.get(address_of(ada)).content.decode()
    assert page.index("Called, wants the weekly.") < page.index("rejected") < page.index("Confirmation: accepted")
    assert "Asked to subscribe: IRIA News" in page and "550 no such user &lt;b&gt;" in page
    for kind, there, gone in [
        ("notes", "wants the weekly", "Asked to subscribe"),
        ("editions", "550 no such user", "wants the weekly"),
        ("consent", "Asked to subscribe", "550 no such user"),
        ("messages", "Confirmation: accepted", "Asked to subscribe"),
    ]:
        only = owner.get(f"{address_of(ada)}?kind={kind}").content.decode()
        assert there in only and gone not in only, kind


def test_both_fields_of_a_pause_have_names(ada: Subscriber) -> None:
    page = as_role("Owner").get(address_of(ada)).content.decode()
    assert page.count('aria-label="Paused until: date"') == page.count('aria-label="Paused until: time"') == 1


def test_each_sees_the_kinds_that_they_may_see(ada: Subscriber) -> None:
    page = as_role("Manager").get(address_of(ada)).content.decode()
    assert "Asked to subscribe" in page and "550 no such user" in page
    PersonNote.objects.create(subscriber=ada, text="A note", by="mia")
    assert as_role("Editor").get(address_of(ada)).status_code == 403
    refused = as_role("Publisher").post(f"/admin/subscribers/subscriber/{ada.pk}/note/", {"text": "Mine"})
    assert refused.status_code == 403 and PersonNote.objects.count() == 1


def test_it_is_read_page_by_page_in_a_fixed_number_of_queries(iria_news: MailingList) -> None:
    person = make_subscriber("ada@example.org")
    now = timezone.now()
    PersonNote.objects.bulk_create(
        PersonNote(subscriber=person, text=f"note {n}.", by="mia", at=now - timedelta(minutes=n)) for n in range(75)
    )
    client = as_role("Owner")
    seen: list[str] = []
    queries = set()
    for number in (1, 2, 3):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(f"{address_of(person)}?p={number}").content.decode()
        queries.add(len(captured))
        seen += [f"note {n}." for n in range(75) if f"note {n}.<" in page]
    assert seen == [f"note {n}." for n in range(75)]
    assert len(queries) == 1
    assert client.get(f"{address_of(person)}?p=99999999999").status_code == 200
    assert timeline.page_of_timeline(person, timeline.kinds(), 10**9).number == timeline.MOST_PAGES


def test_notes_are_measured_go_along_and_go_away(iria_news: MailingList) -> None:
    person, twin = make_subscriber("ada@example.org"), make_subscriber("ada@work.example")
    client = as_role("Manager")
    for typed, said in [("", "Write something"), ("x" * 2001, "too long"), ("fine\x1b", "was added")]:
        answer = client.post(f"/admin/subscribers/subscriber/{twin.pk}/note/", {"text": typed}, follow=True)
        assert said in answer.content.decode()
    note = PersonNote.objects.get()
    assert note.text == "fine" and note.by == "Manager"
    merge(person, twin, note="the same", by="mia")
    assert PersonNote.objects.get().subscriber == person
    assert [each["text"] for each in collect(person)["notes"]] == ["fine"]
    erase(person, note="asked", by="mia")
    assert not PersonNote.objects.exists()
