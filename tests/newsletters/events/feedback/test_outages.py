"""A server that is down for days costs a domain a few addresses and not all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.events.feedback import outages
from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.models import Edition, Feedback
from subscribers.models import Subscriber, Suppression
from tests.factories import make_list, make_reader
from tests.newsletters.events.sent_mail import sent_to

pytestmark = pytest.mark.django_db
Effect = Feedback.Effect


@pytest.fixture(autouse=True)
def _first_bounce_is_too_many(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SOFT_BOUNCES = 1, timedelta(days=30)
    monkeypatch.setattr(outages, "_readers", {})
    monkeypatch.setattr(outages, "_told", set())


def readers_at(domain: str, edition: Edition, number: int) -> list[Subscriber]:
    people = [make_reader(make_list(), email=f"r{n}@{domain}") for n in range(number)]
    sent_to(edition, *people)
    return people


def bounced(edition: Edition, person: Subscriber, kind: EventKind = EventKind.SOFT) -> MailEvent:
    target = MailTarget(edition.pk, person.pk)
    return MailEvent(kind, f"{target}", target, timezone.now(), address=person.email)


def effects() -> list[str]:
    return list(Feedback.objects.order_by("pk").values_list("effect", flat=True))


@pytest.mark.parametrize("together", [True, False])
def test_of_a_domain_whose_readers_all_bounce_half_at_most_are_suppressed(
    edition: Edition, caplog: pytest.LogCaptureFixture, *, together: bool
) -> None:
    events = [bounced(edition, person) for person in readers_at("down.example", edition, 8)]
    for some in [events] if together else [[event] for event in events]:
        take_effect("postmark", some)
    assert effects() == [Effect.SUPPRESSED] * 4 + [Effect.UNBELIEVED] * 4
    assert caplog.text.count("at down.example to be believed") == 1
    [other] = readers_at("up.example", edition, 1)
    take_effect("postmark", [bounced(edition, other)])
    assert Suppression.objects.filter(email=other.email).exists(), "another server has nothing to do with it"


def test_of_a_large_domain_a_fifth_is_too_much(edition: Edition) -> None:
    people = readers_at("large.example", edition, 60)
    take_effect("postmark", [bounced(edition, person) for person in people[:20]])
    assert effects() == [Effect.SUPPRESSED] * 12 + [Effect.UNBELIEVED] * 8
