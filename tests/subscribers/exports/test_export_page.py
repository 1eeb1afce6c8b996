"""The export in the admin: whose data, as which file, the password again, and a note of it."""

from __future__ import annotations

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from subscribers.admin.reauthentication import TYPED_AT
from subscribers.models import MailingList, Segment, Subscriber, Subscription
from tests.factories import make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGE = "/admin/subscribers/subscriber/export/"


@pytest.fixture
def bea() -> Client:
    """May take addresses out of the house."""
    user = User.objects.create_user("bea", "bea@iria.example", "secret", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["export_subscriber", "view_subscriber"]))
    client = Client()
    client.force_login(user)
    return client


def addresses(client: Client, **choices: object) -> list[str]:
    answer = client.post(PAGE, {"kind": "jsonl", **choices})
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    return [json.loads(line)["email"] for line in answer.getvalue().decode().splitlines()]


def test_people_of_a_list_of_a_segment_of_both_or_everybody(bea: Client, iria_news: MailingList) -> None:
    other = MailingList.objects.create(name="Other", slug="other")
    ada, bob, cem = (make_reader(iria_news, email=f"{name}@example.org") for name in ("ada", "bob", "cem"))
    Subscription.objects.filter(subscriber=cem).update(mailing_list=other)
    Subscriber.objects.filter(pk__in=[bob.pk, cem.pk]).update(language="ar")
    arabic = Segment.objects.create(
        name="Arabic", slug="arabic", rule={"all": [{"field": "language", "is": "is", "value": "ar"}]}
    )
    assert addresses(bea) == [ada.email, bob.email, cem.email]
    assert addresses(bea, mailing_list=iria_news.pk) == [ada.email, bob.email]
    assert addresses(bea, segment=arabic.pk) == [bob.email, cem.email]
    assert addresses(bea, mailing_list=iria_news.pk, segment=arabic.pk) == [bob.email]
    assert [entry.object_repr for entry in LogEntry.objects.order_by("pk")] == [
        "Export: everybody", "Export: IRIA News", "Export: Arabic", "Export: IRIA News + Arabic"
    ]  # fmt: skip


def test_a_spreadsheet_runs_nothing_and_has_a_name(bea: Client, iria_news: MailingList) -> None:
    Subscriber.objects.filter(pk=make_reader(iria_news, email="ada@example.org").pk).update(name="=cmd()")
    answer = bea.post(PAGE, {"kind": "csv", "mailing_list": iria_news.pk})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="people-{iria_news.slug}-')
    text = answer.getvalue().decode()
    assert "ada@example.org" in text and '"\'=cmd()"' in text and '"=cmd()"' not in text


def test_the_password_is_asked_again_and_the_choice_kept(bea: Client, iria_news: MailingList) -> None:
    make_reader(iria_news, email="ada@example.org")
    session = bea.session
    session[TYPED_AT] = 0
    session.save()
    asked = bea.post(PAGE, {"kind": "jsonl", "mailing_list": iria_news.pk})
    assert "ada@example.org" not in asked.content.decode() and not LogEntry.objects.exists()
    assert f'name="mailing_list" value="{iria_news.pk}"' in asked.content.decode()
    assert addresses(bea, mailing_list=iria_news.pk, _password="secret") == ["ada@example.org"]


def test_a_rule_that_cannot_be_asked_is_not_everybody(bea: Client, iria_news: MailingList) -> None:
    make_reader(iria_news, email="ada@example.org")
    broken = Segment.objects.create(name="Broken", slug="broken", rule={"all": [{"field": "nothing.such"}]})
    answer = bea.post(PAGE, {"kind": "jsonl", "segment": broken.pk})
    assert answer.status_code == 422 and "ada@example.org" not in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_only_people_who_may(client: Client) -> None:
    client.force_login(User.objects.create_user("cem", "cem@iria.example", "secret", is_staff=True))
    assert client.get(PAGE).status_code == 403 and client.post(PAGE, {"kind": "csv"}).status_code == 403
