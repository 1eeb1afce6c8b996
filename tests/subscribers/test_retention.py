"""What is kept too long is deleted, batch by batch, and staff see the rules as they are set."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from mail.models import Message
from newsletters.tasks import expire_signups
from subscribers import retention
from subscribers.models import AddressChange
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def message(days_ago: int, state: str = "sent") -> int:
    row = Message.objects.create(kind="welcome", address="ada@example.org", due_at=timezone.now(), state=state)
    Message.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return row.pk


def test_old_messages_go_and_those_that_wait_stay(settings: Settings) -> None:
    settings.MESSAGES_KEPT_DAYS = 30
    gone = {message(31), message(40, "failed"), message(400, "dropped")}
    stays = {message(29), message(400, "waiting")}
    expire_signups()
    assert set(Message.objects.values_list("pk", flat=True)) == stays
    assert gone
    assert retention.forget_some() == 0


def test_new_addresses_that_nobody_confirmed_go() -> None:
    old, new = make_subscriber(), make_subscriber()
    for person, days in ((old, 8), (new, 6)):
        AddressChange.objects.create(
            subscriber=person, email="x@example.org", asked_at=timezone.now() - timedelta(days=days)
        )
    expire_signups()
    assert AddressChange.objects.get().subscriber == new


def test_staff_see_the_rules_as_they_are_set(admin_client: Client, settings: Settings) -> None:
    settings.MESSAGES_KEPT_DAYS = 4321
    page = admin_client.get("/admin/subscribers/consentrecord/retention/").content.decode()
    assert "4,321" in page
    assert "MESSAGES_KEPT_DAYS" in page
    assert "Email addresses of comments" in page
    assert (
        "/admin/subscribers/consentrecord/retention/"
        in admin_client.get("/admin/subscribers/consentrecord/").content.decode()
    )


def test_who_may_not_see_consent_does_not_see_it(client: Client, django_user_model: object) -> None:
    user = django_user_model.objects.create_user("carl", is_staff=True)  # type: ignore[attr-defined]
    client.force_login(user)
    assert client.get("/admin/subscribers/consentrecord/retention/").status_code == 403
