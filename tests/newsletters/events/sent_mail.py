"""An edition that was sent, and what servers write about it, for tests of what comes back."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from mail.return_paths import edition_paths
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber
from tests.factories import begin, queue
from tests.newsletters.events.incoming_mail.mails import group, mail, report

UNKNOWN = ("550 5.1.1 <{0}>: Recipient address rejected: User unknown", "5.1.1")
FULL = ("452 4.2.2 <{0}>: The mailbox is over quota", "5.2.2")
NO_ROUTE = ("451 4.4.1 connect to mx.reader.example: Connection timed out", "4.4.1")
BLOCKED = ("550 5.7.1 Service unavailable; client host blocked using Spamhaus", "5.7.1")
ARF = """--=_b
Content-Type: text/plain

This is an abuse report.

--=_b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: ExampleFBL/1.0
Version: 1
Original-Mail-From: <{path}>
Original-Rcpt-To: <{address}>

--=_b
Content-Type: message/rfc822

From: News <news@news.example>
Subject: News

Hello.
--=_b--
"""


def sent_to(edition: Edition, *people: Subscriber, outcome: str = Outcome.ACCEPTED) -> None:
    """The ledger's rows, as sending leaves them."""
    chunk = Chunk.objects.create(
        edition=edition, wave=timezone.now(), seq=edition.chunks.count() + 1, members=b"", n=len(people),
        handed_to=len(people), settled=len(people), state=Chunk.State.DONE, **{str(outcome): len(people)},
    )  # fmt: skip
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition, subscriber_id=person.pk, chunk=chunk, fence=1, variant=0, outcome=outcome,
            settled_at=timezone.now(),
        )
        for person in people
    )  # fmt: skip


def path_of(edition: Edition, person: Subscriber) -> str:
    return edition_paths(edition.pk, "")(person.pk)


def bounce(path: str, address: str, said: tuple[str, str], *, at: datetime | None = None) -> bytes:
    """A report of the reader's server to this return path."""
    words, status = said
    text = f"I'm sorry to have to inform you that your message to {address} could not be delivered."
    raw = report("MAILER-DAEMON@mx.reader.example", "Undelivered Mail Returned to Sender", text,
                 group(words.format(address), status, address=address))  # fmt: skip
    when = at or timezone.now()
    return f"Delivered-To: {path}\nX-Arrived: {when.isoformat()}\n".encode() + raw


def complaint(path: str, address: str) -> bytes:
    kind = 'Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"'
    return mail("fbl@provider.example", "Abuse report", ARF.format(path=path, address=address), kind)


def sending(edition: Edition) -> None:
    queue(edition)
    assert begin(edition, candidates=3)


def is_suppressed(person: Subscriber) -> bool:
    person.refresh_from_db()
    return person.is_suppressed
