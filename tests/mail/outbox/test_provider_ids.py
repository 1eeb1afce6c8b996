"""What a mail service calls a mail is kept where an event about it will look: in the ledger and in the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from iria import env
from mail.models import Message
from mail.outbox.sending import send_due
from newsletters.delivery.engine import sending
from newsletters.delivery.ledger import fast_rows
from newsletters.models import Chunk, Delivery, Newsletter
from subscribers.models import MailingList
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from tests.factories import make_edition, make_reader, start
from tests.mail.esp.mail_service import MailService, Says
from tests.newsletters.delivery.conftest import Scripted


@pytest.fixture
def service(settings: Settings) -> Iterator[MailService]:
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "anymail.backends.postmark.EmailBackend")
    with MailService() as service:
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "POSTMARK_API_URL": service.url}
        service.answer = lambda call: Says(
            body={
                "ErrorCode": 0,
                "Message": "OK",
                "MessageID": f"id-of-{call['To'].partition('@')[0]}",
                "To": call["To"],
            }
        )
        yield service


@pytest.mark.django_db
def test_a_message_keeps_what_the_service_calls_it(service: MailService, iria_news: MailingList) -> None:
    request_subscription(SignupRequest(email="ada@example.org", lists=[iria_news]))
    assert send_due() == 1
    assert Message.objects.get(provider_id="id-of-ada").address == "ada@example.org"


def test_a_delivery_keeps_what_the_service_calls_it(service: MailService, newsletter: Newsletter) -> None:
    people = [make_reader(newsletter.mailing_list, email=f"{name}@example.org") for name in ("ada", "bob")]
    edition = start(make_edition(newsletter))
    while sending.send_slice():
        pass
    assert dict(Delivery.objects.filter(edition=edition).values_list("provider_id", "subscriber_id")) == {
        "id-of-ada": people[0].pk, "id-of-bob": people[1].pk,
    }  # fmt: skip
    assert set(Delivery.objects.values_list("reply", flat=True)) == {""}


def test_over_smtp_there_is_none(scripted: Scripted, newsletter: Newsletter) -> None:
    make_reader(newsletter.mailing_list)
    start(make_edition(newsletter))
    sending.send_slice()
    assert Delivery.objects.get().provider_id is None


def explained(rows: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a small table is read as a whole otherwise
    return str(rows.explain())


@pytest.mark.django_db
def test_an_event_finds_its_mail_by_an_index(newsletter_of_deliveries: None) -> None:
    assert "mails_at_a_service" in explained(Delivery.objects.filter(provider_id="id-7"))
    of_a_message = Message.objects.filter(provider_id="id-7").order_by()  # none: an empty table may go by its key
    assert "messages_at_a_service" in explained(of_a_message)
    assert Delivery.objects.get(provider_id="id-7").subscriber_id == 7


@pytest.fixture
def newsletter_of_deliveries(db: None) -> None:
    edition = make_edition()
    chunk = Chunk.objects.create(edition=edition, wave=edition.created_at, seq=1, members=b"", n=0)
    at = fast_rows.moment(edition.created_at)
    fast_rows.insert(
        Delivery,
        ("edition", "subscriber_id", "chunk", "fence", "variant", "outcome", "reason", "smtp_code", "enhanced_status",
         "attempts", "retry_at", "settled_at", "reply", "provider_id"),
        [
            (edition.pk, n, chunk.pk, 1, 1, "accepted", "", None, "", 1, None, at, "", f"id-{n}" if n % 2 else None)
            for n in range(1, 200)
        ],
    )  # fmt: skip
