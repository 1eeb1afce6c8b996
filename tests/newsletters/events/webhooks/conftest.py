"""An edition that was sent by a mail service, and a service whose calls are taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from iria import env
from mail.return_paths import edition_references
from newsletters.events import incoming
from newsletters.events.webhooks import calls
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import MailingList, Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_subscriber, make_subscription, start
from tests.newsletters.events.webhooks.payloads import AT, TOPIC, Mail, provider_id
from tests.newsletters.events.webhooks.signing import (
    BASIC,
    CERTIFICATE,
    KEY,
    NEED_CRYPTOGRAPHY,
    SECRET,
    SVIX_KEY,
    Keys,
    keys,
    need_cryptography,
)

SetUp = Callable[..., None]


@pytest.fixture(autouse=True)
def _unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the log at most once a minute was not there yet."""
    monkeypatch.setattr(calls, "_said_at", {})


@pytest.fixture
def set_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Give Iria the keys of a service; with `basic=True` a user name and a password as well."""

    def give(service: str, *, basic: bool = False) -> None:
        if service in NEED_CRYPTOGRAPHY:
            need_cryptography()
        settings.ANYMAIL = keys_of(service) | ({"WEBHOOK_SECRET": SECRET} if basic or service in BASIC else {})
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"anymail.backends.{service}.EmailBackend")
        if service == "amazon_ses":
            from newsletters.events.webhooks import amazon_sns

            settings.SNS_TOPICS = [TOPIC]
            for kept in ("_unproven", "_proven", "_known"):
                monkeypatch.setattr(amazon_sns, kept, {})
            for counted in ("_fetched", "_fetched_known"):
                monkeypatch.setattr(amazon_sns, counted, deque(maxlen=getattr(amazon_sns, counted).maxlen))
            monkeypatch.setattr(amazon_sns, "fetch", {CERTIFICATE: keys().certificate}.__getitem__)

    return give


def keys_of(service: str) -> dict[str, str]:
    """anymail's settings."""
    plain = {
        "mailersend": {"MAILERSEND_SIGNING_SECRET": KEY, "MAILERSEND_INBOUND_SECRET": KEY},
        "mailgun": {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY},
        "mailtrap": {"MAILTRAP_TRACKING_SECRET": KEY},
        "mandrill": {"MANDRILL_WEBHOOK_KEY": KEY},
        "resend": {"RESEND_SIGNING_SECRET": f"whsec_{SVIX_KEY}"},
        "unisender_go": {"UNISENDER_GO_API_KEY": KEY},
    }
    if service == "sendgrid":
        return {"SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": Keys.public(keys().sendgrid)}
    if service == "postal":
        return {"POSTAL_WEBHOOK_KEY": Keys.public(keys().rsa)}
    return plain.get(service, {})


@dataclass(frozen=True)
class Sent:
    """An edition that a service took, and its readers."""

    edition: Edition
    readers: list[Subscriber]

    def mail(self, service: str, reader: int = 0, *, named: bool = True, number: int = 1) -> Mail:
        """What the service knows of the mail to a reader; with our reference to it unless `named` is False."""
        person = self.readers[reader]
        reference = edition_references(self.edition.pk)(person.pk) if named else ""
        return Mail(provider_id(service, person.pk), reference, person.email, number)

    def delivery(self, reader: int = 0) -> Delivery:
        return Delivery.objects.get(edition=self.edition, subscriber_id=self.readers[reader].pk)


@pytest.fixture
def send(db: None) -> Callable[..., Sent]:
    """Send an edition to so many readers by a service."""

    def send(service: str, readers: int = 2) -> Sent:
        mailing_list = make_list()
        people = [reader_of(mailing_list, f"reader{n}@readers.example") for n in range(readers)]
        edition = start(make_edition(make_newsletter(mailing_list)))
        for person in people:
            deliver(edition, person, provider_id(service, person.pk))
        return Sent(edition, people)

    return send


def reader_of(mailing_list: MailingList, address: str) -> Subscriber:
    """Somebody who had confirmed before the events of the payloads: who joins after one stays."""
    person = make_subscriber(address)
    make_subscription(person, mailing_list, at=datetime.fromtimestamp(AT, UTC) - timedelta(days=7))
    return person


def deliver(edition: Edition, person: Subscriber, number: str | None) -> None:
    Delivery.objects.create(
        edition=edition, subscriber_id=person.pk, chunk=Chunk.objects.filter(edition=edition)[0], fence=1,
        outcome=Outcome.ACCEPTED, provider_id=number, settled_at=timezone.now(), attempts=1, variant=0,
    )  # fmt: skip


def work_off() -> None:
    """As the worker does, until nothing is due."""
    while incoming.work_off():
        pass
