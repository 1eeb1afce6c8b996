"""Test mails to seed lists, and as one kind of reader sees the edition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape
from pytest_django import Settings

from iria.env import EmailRoute
from newsletters.admin.edition import test_mails
from newsletters.models import Edition, Inspection, SeedList
from subscribers import suppression
from subscribers.models import Suppression, Topic
from subscribers.throttling import Throttled
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscriber,
    make_subscription,
    make_topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either_database, pytest.mark.usefixtures("colleagues")]


@pytest.fixture
def topics() -> tuple[Topic, Topic, Topic]:
    return make_topic(name="Water"), make_topic(name="Fire"), make_topic(name="Earth")


@pytest.fixture
def edition(topics: tuple[Topic, Topic, Topic], settings: Settings) -> Edition:
    settings.EMAIL_ROUTE = EmailRoute(backend=settings.EMAIL_BACKEND, connections=1)
    mailing_list = make_list(topics=topics)
    make_reader(mailing_list)
    articles = [make_article(title=f"About {topic.name}", topics=[topic]) for topic in topics[:2]]
    return make_edition(make_newsletter(mailing_list), articles=articles, subject="Dear {{ name|reader }}: {{ lead }}")


@pytest.fixture
def desk() -> SeedList:
    return SeedList.objects.create(name="The desk", addresses="a@example.org\nb@example.org\na@example.org")


def send(client: Client, edition: Edition, **form: Any) -> str:
    return client.post(f"/admin/newsletters/edition/{edition.pk}/test/", form, follow=True).content.decode()


def test_a_seed_list_gets_it_and_each_address_once(
    editor: Client, edition: Edition, desk: SeedList, mailoutbox: list[Any]
) -> None:
    page = send(editor, edition, addresses="b@example.org", list=[desk.pk])
    assert sorted(mail.to[0].rpartition("<")[2].strip(">") for mail in mailoutbox) == ["a@example.org", "b@example.org"]
    assert page.count("accepted by the mail server") == 2
    assert all(mail.subject.startswith("[Test] ") for mail in mailoutbox)
    assert f'value="{desk.pk}" checked' in page  # as it was chosen last


def test_as_a_reader_of_one_topic_sees_it(
    editor: Client, edition: Edition, topics: tuple[Topic, ...], mailoutbox: list[Any]
) -> None:
    send(editor, edition, addresses="a@example.org", topic=[topics[1].pk])
    (mail,) = mailoutbox
    assert mail.subject == "[Test] Dear reader: About Fire"
    assert "About Fire" in mail.body
    assert "About Water" not in mail.body
    assert "Topics: Fire." in mail.body


def test_as_one_reader_sees_it_for_those_who_may_see_readers(
    browser_of: Callable[[str], Client], edition: Edition, topics: tuple[Topic, ...], mailoutbox: list[Any]
) -> None:
    reader = make_subscriber("zoe@example.org", name="Zoe")
    make_subscription(reader, edition.newsletter.mailing_list, topics=[topics[0]])
    form = {"addresses": "a@example.org", "as": "zoe@example.org"}
    assert "have permission to see the emails of individual readers" in send(browser_of("Editor"), edition, **form)
    assert mailoutbox == []
    send(browser_of("Owner"), edition, **form)
    (mail,) = mailoutbox
    assert mail.subject == "[Test] Dear Zoe: About Water"
    assert "a@example.org" in mail.to[0]
    assert "zoe@example.org" not in mail.message().as_string()


def test_a_reader_who_would_get_nothing_is_said(
    editor: Client, edition: Edition, topics: tuple[Topic, ...], mailoutbox: list[Any]
) -> None:
    assert "This reader gets nothing" in send(editor, edition, addresses="a@example.org", topic=[topics[2].pk])
    assert mailoutbox == []


def test_the_links_to_leave_belong_to_nobody(editor: Client, edition: Edition, mailoutbox: list[Any]) -> None:
    send(editor, edition, addresses="a@example.org")
    address = next(line for line in mailoutbox[0].body.splitlines() if "/unsubscribe/" in line)
    page = Client().post(address.removeprefix("https://news.iria.example"))
    assert page.status_code in {200, 404}
    assert edition.newsletter.mailing_list.subscriptions.filter(status="left").count() == 0


def test_a_test_has_the_links_followed_and_stands_in_the_history(editor: Client, edition: Edition) -> None:
    send(editor, edition, addresses="a@example.org")
    assert Inspection.objects.filter(edition=edition).exists()
    history = editor.get(f"/admin/newsletters/edition/{edition.pk}/history/").content.decode()
    assert "Sent a test to 1 address." in history


@pytest.mark.parametrize("stranger", ["eve@elsewhere.example", "former@example.org", "customer@example.org"])
def test_a_test_is_no_way_to_mail_a_stranger(
    browser_of: Callable[[str], Client], edition: Edition, mailoutbox: list[Any], stranger: str
) -> None:
    User.objects.create_user("former", email="former@example.org", is_staff=True, is_active=False)
    User.objects.create_user("customer", email="customer@example.org")
    for role in ("Editor", "Owner"):
        page = send(browser_of(role), edition, addresses=f"a@example.org {stranger}")
        assert f"“{stranger}” isn" in page
        assert "Publisher or Owner" in page
    assert mailoutbox == []


def test_a_suppressed_address_gets_no_test_not_even_on_a_seed_list(
    editor: Client, edition: Edition, desk: SeedList, mailoutbox: list[Any]
) -> None:
    suppression.suppress("B@example.org", reason=Suppression.Reason.COMPLAINT)
    page = send(editor, edition, list=[desk.pk])
    assert "b@example.org: not sent. This address is suppressed." in page
    assert [mail.to[0].rpartition("<")[2].strip(">") for mail in mailoutbox] == ["a@example.org"]
    suppression.suppress("a@example.org", reason=Suppression.Reason.STAFF)
    assert "a@example.org: not sent. This address is suppressed." in send(editor, edition, addresses="a@example.org")
    assert len(mailoutbox) == 1


def test_tests_without_end_have_an_end(
    editor: Client, edition: Edition, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_mails, "TESTS_OF_ONE", [(2, 3600)])
    for _time in range(4):
        page = send(editor, edition, addresses="a@example.org")
    assert "sent a lot of tests" in page
    assert len(mailoutbox) == 2


@pytest.mark.parametrize(("seconds", "wait"), [(20, "Wait a minute"), (1500, "Wait 25 minutes")])
def test_who_has_sent_too_many_is_told_how_long_to_wait(
    editor: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch, seconds: int, wait: str
) -> None:
    def full(*_attempt: object, **_amount: object) -> None:
        raise Throttled(seconds)

    monkeypatch.setattr(test_mails, "count_attempt", full)
    assert wait in send(editor, edition, addresses="a@example.org")


# --- Keeping seed lists -------------------------------------------------------------------------------------------
def test_who_cannot_send_can_see_seed_lists_and_not_change_them(editor: Client, desk: SeedList) -> None:
    assert (
        editor.post("/admin/newsletters/seedlist/add/", {"name": "x", "addresses": "x@example.org"}).status_code == 403
    )
    change = f"/admin/newsletters/seedlist/{desk.pk}/change/"
    assert editor.get(change).status_code == 200
    assert editor.post(change, {"name": "x", "addresses": "x@example.org"}).status_code == 403


def keep(client: Client, addresses: str) -> str:
    form = {"name": "Providers", "addresses": addresses}
    return client.post("/admin/newsletters/seedlist/add/", form, follow=True).content.decode()


def test_a_seed_list_is_kept_an_address_a_line(publisher: Client) -> None:
    keep(publisher, "a@example.org, b@example.org;\n a@example.org")
    assert SeedList.objects.get().addresses == "a@example.org\nb@example.org"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("a@example.org nobody", "This isn't a valid email address: “nobody”."),
        (" ".join(f"a{n}@example.org" for n in range(21)), "at most 20 addresses; this one has 21"),
    ],
)
def test_what_is_wrong_in_a_seed_list_is_named(publisher: Client, typed: str, sentence: str) -> None:
    page = keep(publisher, typed)
    assert escape(sentence) in page
    assert typed in page
    assert not SeedList.objects.exists()
