"""Addresses that a server says don't exist, in the admin: asked by GET, decided by POST, by those who may."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.delivery.ledger import dead_addresses
from newsletters.models import DeadAddress, Edition
from subscribers import suppression
from subscribers.models import Subscriber, Suppression
from tests.factories import make_edition, make_list, make_newsletter
from tests.newsletters.admin.edition.conftest import at
from tests.newsletters.admin.edition.test_resolving import said, sent
from tests.newsletters.admin.edition.test_sending import grow_old

pytestmark = pytest.mark.django_db
DEAD = ["dora@example.org", "eve@example.org"]


@pytest.fixture
def edition() -> Edition:
    """Of whose three readers two don't exist, says the server."""
    newsletter = make_newsletter(mailing_list=make_list(name="IRIA News"), name="Iria Weekly")
    found = sent(make_edition(newsletter), [("finn@example.org", "accepted"), *((email, "rejected") for email in DEAD)])
    dead_addresses.record([(found.pk, Subscriber.objects.get(email=email).pk, email) for email in DEAD])
    dead_addresses.hold_waiting(found.pk)
    return found


def test_the_page_of_an_edition_leads_to_the_decision(owner: Client, edition: Edition) -> None:
    page = owner.get(at(edition, "change/")).content.decode()
    assert "2 addresses don't exist, which is far more than usual".replace("'", "&#x27;") in page.replace("'", "&#x27;")
    assert "Suppress or keep…" in page
    asked = owner.get(at(edition, "dead-addresses/")).content.decode()
    assert "Suppress 2 addresses" in asked
    assert "Keep all addresses" in asked
    assert Suppression.objects.count() == 0, "a GET changes nothing"


def test_they_are_suppressed_and_later_released_all_at_once(owner: Client, edition: Edition) -> None:
    assert "2 addresses suppressed." in said(owner, edition, "dead-addresses/", {"decision": "suppress"})
    assert all(suppression.is_suppressed(email) for email in DEAD)
    assert set(DeadAddress.objects.values_list("state", "decided_by")) == {("suppressed", "owner")}
    page = owner.get(at(edition, "change/")).content.decode()
    assert "Release…" in page
    assert "2 addresses kept." in said(owner, edition, "dead-addresses/", {"decision": "keep"})
    assert Suppression.objects.count() == 0
    assert not Subscriber.objects.filter(is_suppressed=True).exists()
    assert "No address of this edition waits" not in owner.get(at(edition, "change/")).content.decode()


def test_a_post_without_a_decision_and_a_second_one_change_nothing(owner: Client, edition: Edition) -> None:
    assert "Choose whether to suppress or to keep" in said(owner, edition, "dead-addresses/", {"decision": "both"})
    assert set(DeadAddress.objects.values_list("state", flat=True)) == {"held"}
    said(owner, edition, "dead-addresses/", {"decision": "keep"})
    assert "0 addresses suppressed." in said(owner, edition, "dead-addresses/", {"decision": "suppress"})
    assert Suppression.objects.count() == 0


def test_only_those_decide_who_may_suppress_and_typed_their_password_lately(
    owner: Client, editor: Client, edition: Edition
) -> None:
    assert editor.post(at(edition, "dead-addresses/"), {"decision": "suppress"}).status_code == 403
    assert "Suppress or keep…" not in editor.get(at(edition, "change/")).content.decode()
    grow_old(owner)
    owner.post(at(edition, "dead-addresses/"), {"decision": "suppress"})
    assert Suppression.objects.count() == 0
