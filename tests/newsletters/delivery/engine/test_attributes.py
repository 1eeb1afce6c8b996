"""Readers get their own values, read at hand-out and only where the edition names an attribute."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.engine import freezing, frozen
from newsletters.delivery.ledger import members
from newsletters.models import Chunk, Edition
from subscribers.models import Subscriber
from tests.factories import make_attribute, make_edition, make_list, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db


def subjects(edition: Edition) -> tuple[dict[str, str], str]:
    """Of the mail to each address, and the query that read the readers."""
    loaded = frozen.load(edition.pk, edition.content_hash)
    chunk = Chunk.objects.get(edition=edition)
    uses = bool(loaded.content.attributes)
    with CaptureQueriesContext(connection) as queries:
        found = recheck(
            loaded.audience, members.unpack(chunk.members), {}, timezone.now(), letters=(), with_attributes=uses
        )
    said = {}
    for member, recipient in found.recipients.items():
        wire = loaded.compiled[member.variant].wire(recipient, timezone.now())
        said[recipient.email] = str(message_from_bytes(wire, policy=policy.default)["Subject"])
    return said, queries[0]["sql"]


def test_each_reader_gets_the_value_they_have_when_their_mail_begins() -> None:
    make_attribute("city")
    mailing_list = make_list()
    ada, bert = (make_reader(mailing_list, email=f"{name}@example.org") for name in ("ada", "bert"))
    Subscriber.objects.filter(pk=ada.pk).update(attributes={"city": "Oslo", "other": "x"})
    edition = make_edition(make_newsletter(mailing_list), subject="News for {{ city|you }} today")
    queue(edition)
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    Subscriber.objects.filter(pk=ada.pk).update(attributes={"city": "Ærø"})
    said, query = subjects(edition)
    assert said == {ada.email: "News for Ærø today", bert.email: "News for you today"}
    assert "p.attributes" in query


def test_an_edition_that_names_none_does_not_read_them() -> None:
    make_attribute("city")
    mailing_list = make_list()
    make_reader(mailing_list)
    edition = make_edition(make_newsletter(mailing_list), subject="News for everybody")
    queue(edition)
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    assert "attributes" not in subjects(edition)[1]
