"""The other ways onto a list: by the form alone where an owner said so, and with the approval of staff."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from mail.models import Message
from newsletters.delivery.audience.definition import Audience
from subscribers.models import ConsentRecord, JoinRequest, MailingList, OptIn, Subscription
from subscribers.signup import joining
from tests.factories import make_list, make_newsletter, make_reader, make_subscriber, make_subscription
from tests.subscribers.conftest import Mails, links_in, path_of

Status, Action = Subscription.Status, ConsentRecord.Action


@pytest.fixture
def open_list(iria_news: MailingList) -> MailingList:
    iria_news.opt_in = OptIn.SINGLE
    iria_news.save()
    return iria_news


@pytest.fixture
def club(iria_news: MailingList) -> MailingList:
    iria_news.is_moderated = True
    iria_news.save()
    return iria_news


def as_role(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True, password="x")
    user.groups.add(Group.objects.get(name=name))
    client = Client()
    client.force_login(user)
    return client


# --- Single opt-in ----------------------------------------------------------------------------------------------
def test_the_form_alone_subscribes_where_an_owner_said_so(
    browser: Client, open_list: MailingList, mails: Mails
) -> None:
    page = browser.post("/subscribe/", {"email": "ada@example.org"}).content.decode()
    assert "before you receive" not in page and "until you confirm" not in page
    subscription = Subscription.objects.get()
    assert subscription.status == Status.CONFIRMED and subscription.confirmed_at
    records = list(ConsentRecord.objects.order_by("pk").values_list("action", "source", "detail"))
    assert records == [(Action.ASKED, "form", ""), (Action.CONFIRMED, "form", "single opt-in")]
    (welcome,) = mails()
    assert welcome.subject == "Welcome to IRIA News"
    assert "someone subscribed this address" in str(welcome.body)
    assert "List-Unsubscribe" in welcome.extra_headers or "List-Unsubscribe" in str(welcome.message())


@pytest.mark.parametrize("status", ["left", "pending"])
def test_who_left_or_was_here_before_confirms_also_on_such_a_list(
    browser: Client, open_list: MailingList, status: str
) -> None:
    subscription = make_subscription(make_subscriber("ada@example.org"), open_list, status=Status.UNSUBSCRIBED)
    if status == "pending":  # asked again since, and has not confirmed
        Subscription.objects.filter(pk=subscription.pk).update(status=Status.PENDING)
    browser.post("/subscribe/", {"email": "ada@example.org"})
    subscription.refresh_from_db()
    assert subscription.status == Status.PENDING
    assert list(Message.objects.values_list("kind", flat=True)) == ["confirmation"]


def test_a_list_that_asks_makes_the_mail_ask_for_all(browser: Client, open_list: MailingList) -> None:
    make_list(name="Strict", slug="strict")
    browser.post("/subscribe/", {"email": "ada@example.org", "lists": [open_list.slug, "strict"]})
    assert set(Subscription.objects.values_list("status", flat=True)) == {Status.PENDING}
    assert list(Message.objects.values_list("kind", flat=True)) == ["confirmation"]


def test_nobody_is_mailed_more_often_by_it(browser: Client, open_list: MailingList) -> None:
    """A stranger may enter one address for each of many lists: it gets as many mails as of confirmations."""
    for number in range(8):
        other = make_list(name=f"Open {number}")
        MailingList.objects.filter(pk=other.pk).update(opt_in=OptIn.SINGLE)
        browser.post("/subscribe/", {"email": "ada@example.org", "lists": [other.slug]})
    assert Message.objects.filter(mailbox="ada@example.org").count() == 3
    assert Subscription.objects.count() == 3


def test_the_answer_says_nothing_of_who_is_known(browser: Client, open_list: MailingList) -> None:
    make_reader(open_list, email="bob@example.org")
    pages = [
        browser.post("/subscribe/", {"email": email}).content.decode().replace(email, "…")
        for email in ("ada@example.org", "bob@example.org")
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(("role", "becomes"), [("Manager", OptIn.DOUBLE), ("Owner", OptIn.SINGLE)])
def test_only_an_owner_chooses_it(iria_news: MailingList, role: str, becomes: str) -> None:
    client = as_role(role)
    address = f"/admin/subscribers/mailinglist/{iria_news.pk}/change/"
    page = client.get(address).content.decode()
    assert "anyone can subscribe anyone" in page
    fields = {"name": "IRIA News", "slug": iria_news.slug, "position": 100, "opt_in": "single", "is_public": "on"}
    assert client.post(address, fields).status_code == 302
    iria_news.refresh_from_db()
    assert iria_news.opt_in == becomes
    history = client.get(f"/admin/subscribers/mailinglist/{iria_news.pk}/history/").content.decode()
    assert ("opt-in: single: the form is enough" in history) == (role == "Owner")


# --- Moderated lists --------------------------------------------------------------------------------------------
def ask_and_confirm(browser: Client, mails: Mails, email: str = "ada@example.org") -> Subscription:
    browser.post("/subscribe/", {"email": email})
    (confirmation,) = mails()
    link = next(each for each in links_in(confirmation) if "/confirm/" in each)
    page = browser.post(path_of(link)).content.decode()
    assert "Our team looks at each request" in page
    assert page.count("Our team looks at each request") == 1
    assert "Our team looks at each request" in browser.get(path_of(link)).content.decode()
    return Subscription.objects.get(subscriber__email=email)


def test_nobody_gets_an_edition_before_staff_approve(browser: Client, club: MailingList, mails: Mails) -> None:
    newsletter = make_newsletter(club)
    subscription = ask_and_confirm(browser, mails)
    assert subscription.status == Status.HELD and subscription.confirmed_at is None
    (told,) = mails()
    assert told.subject == "Your request to join IRIA News"
    audience = Audience(newsletter.mailing_list_id)
    assert not audience.candidates().exists()
    # Asking again tells them again, and starts nothing anew.
    browser.post("/subscribe/", {"email": "ada@example.org"})
    subscription.refresh_from_db()
    assert subscription.status == Status.HELD
    assert [each.subject for each in mails()] == ["Your request to join IRIA News"]

    assert joining.approve([subscription.pk], by="mia") == 1
    assert joining.approve([subscription.pk], by="tom") == 0  # a colleague was faster
    assert joining.decline([subscription.pk], by="tom") == 0
    assert audience.candidates().exists()
    (welcome,) = mails()
    assert "request to join was approved" in str(welcome.alternatives[0][0])
    actions = list(ConsentRecord.objects.order_by("pk").values_list("action", "staff"))
    assert actions == [(Action.ASKED, ""), (Action.HELD, ""), (Action.CONFIRMED, "mia")]


def test_who_is_declined_is_told_and_gets_nothing(browser: Client, club: MailingList, mails: Mails) -> None:
    subscription = ask_and_confirm(browser, mails)
    mails()
    assert joining.decline([subscription.pk], by="mia") == 1
    subscription.refresh_from_db()
    assert subscription.status == Status.UNSUBSCRIBED
    (told,) = mails()
    assert "hasn’t approved it" in str(told.body)
    assert ConsentRecord.objects.latest("pk").action == Action.DECLINED
    # No undo brings back somebody whom staff declined.
    from subscribers.preferences.unsubscribing import can_resubscribe

    assert not can_resubscribe(subscription)


def test_a_sign_up_by_the_form_alone_waits_for_staff_too(browser: Client, club: MailingList) -> None:
    club.opt_in = OptIn.SINGLE
    club.save()
    browser.post("/subscribe/", {"email": "ada@example.org"})
    assert Subscription.objects.get().status == Status.HELD


def test_one_who_waits_can_withdraw(browser: Client, club: MailingList, mails: Mails) -> None:
    from subscribers import links

    subscription = ask_and_confirm(browser, mails)
    preferences = path_of(links.preferences_url(subscription.subscriber_id))
    assert "Waiting for approval" in browser.get(preferences).content.decode()
    browser.post(path_of(links.unsubscribe_url(subscription.subscriber_id, club.pk)))
    assert not JoinRequest.objects.filter(status=Status.HELD).exists()


def held(club: MailingList, number: int) -> list[Subscription]:
    return [make_subscription(make_subscriber(), club, status=Status.HELD) for _ in range(number)]


def test_the_queue_decides_one_or_many(club: MailingList) -> None:
    first, second, third, fourth = held(club, 4)
    make_reader(club)
    client = as_role("Manager")
    page = client.get("/admin/subscribers/joinrequest/").content.decode()
    assert page.count('formaction="/admin/subscribers/joinrequest/') == 8
    assert client.get(f"/admin/subscribers/joinrequest/{first.pk}/approve/").status_code == 405
    client.post(f"/admin/subscribers/joinrequest/{first.pk}/approve/")
    again = client.post(f"/admin/subscribers/joinrequest/{first.pk}/decline/", follow=True).content.decode()
    assert "decided or withdrawn" in again
    chosen = {"action": "decline_chosen", "_selected_action": [second.pk, third.pk]}
    said = client.post("/admin/subscribers/joinrequest/", chosen, follow=True).content.decode()
    assert "2 requests were declined" in said
    statuses = dict(Subscription.objects.values_list("pk", "status"))
    assert [statuses[each.pk] for each in (first, second, third, fourth)] == ["confirmed", "left", "left", "held"]
    assert "1 person asks to join a list." in as_role("Owner").get("/admin/").content.decode()


def test_who_may_not_change_subscriptions_sees_no_queue(club: MailingList) -> None:
    (subscription,) = held(club, 1)
    client = as_role("Editor")
    assert client.get("/admin/subscribers/joinrequest/").status_code == 403
    assert client.post(f"/admin/subscribers/joinrequest/{subscription.pk}/approve/").status_code == 403
    subscription.refresh_from_db()
    assert subscription.status == Status.HELD
