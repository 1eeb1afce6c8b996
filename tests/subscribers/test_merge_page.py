"""Staff merge two people: nothing happens before they saw what would, and only who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from subscribers import merging
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from tests.factories import make_reader, make_subscriber, make_subscription

pytestmark = pytest.mark.django_db
OTHER = "ada@work.example"


@pytest.fixture
def ada(iria_news: MailingList) -> Subscriber:
    make_subscription(make_subscriber(OTHER), iria_news, status=Subscription.Status.UNSUBSCRIBED)
    return make_reader(iria_news, email="ada@example.org")


def page(person: Subscriber) -> str:
    return f"/admin/subscribers/subscriber/{person.pk}/merge/"


def test_staff_see_what_would_happen_before_it_does(admin_client: Client, ada: Subscriber) -> None:
    assert page(ada) in admin_client.get(f"/admin/subscribers/subscriber/{ada.pk}/change/").content.decode()
    assert admin_client.get(page(ada)).status_code == 200
    shown = admin_client.post(page(ada), {"other": "ADA@work.example"}).content.decode()
    assert "<b>unsubscribed</b>" in shown
    assert admin_client.post(page(ada), {"other": OTHER, "merge": "1"}).status_code == 422  # without a note
    assert Subscriber.objects.count() == 2
    admin_client.post(page(ada), {"other": OTHER, "merge": "1", "note": "They wrote to us."})
    assert Subscriber.objects.get() == ada
    assert Subscription.objects.get().status == "left"
    assert "They wrote to us." in ConsentRecord.objects.get().detail
    assert "They wrote to us." in LogEntry.objects.latest("pk").change_message


@pytest.mark.parametrize("typed", ["", "nobody@example.org", "ada@example.org", "no address", "x" * 2000])
def test_what_is_no_other_person_is_said(admin_client: Client, ada: Subscriber, typed: str) -> None:
    answer = admin_client.post(page(ada), {"other": typed, "merge": "1", "note": "x"})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert Subscriber.objects.count() == 2


def test_who_may_not_erase_may_not_merge(client: Client, ada: Subscriber) -> None:
    carl = User.objects.create_user("carl", is_staff=True)
    carl.user_permissions.set(Permission.objects.filter(codename__in=["view_subscriber", "change_subscriber"]))
    client.force_login(carl)
    assert client.post(page(ada), {"other": OTHER, "merge": "1", "note": "x"}).status_code == 403
    assert page(ada) not in client.get(f"/admin/subscribers/subscriber/{ada.pk}/change/").content.decode()
    assert Subscriber.objects.count() == 2


def test_of_two_colleagues_who_merge_the_same_people_the_second_is_told(
    admin_client: Client, ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between what the second saw and their press, the first has done it."""
    plan = merging.plan

    def plan_and_lose_the_race(kept: Subscriber, other: Subscriber, **said: Any) -> merging.MergePlan:
        found = plan(kept, other, **said)
        monkeypatch.setattr(merging, "plan", plan)
        merging.merge(kept, other, note="the colleague")
        return found

    monkeypatch.setattr(merging, "plan", plan_and_lose_the_race)
    answer = admin_client.post(page(ada), {"other": OTHER, "merge": "1", "note": "x"}, follow=True)
    assert answer.status_code == 200
    assert "somebody else merged or erased them just now" in answer.content.decode()
    assert Subscriber.objects.get() == ada


def test_a_merge_with_somebody_who_is_gone_changes_nothing(ada: Subscriber) -> None:
    other = Subscriber.objects.get(email=OTHER)
    Subscriber.objects.filter(pk=other.pk).delete()
    with pytest.raises(merging.PersonGone):
        merging.merge(ada, other, note="x")
    with pytest.raises(merging.PersonGone):
        merging.merge(other, ada, note="x")
    assert not ConsentRecord.objects.exists()
