"""A question to readers who went quiet, what they do with it, and what staff are told."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.outbox.sending import _write as write_whole
from newsletters.models import Agent, Delivery, Edition, Newsletter, ReaderCount, Reengagement
from newsletters.models.deliveries import Outcome
from newsletters.reports.reengaging import ask_quiet_readers
from subscribers import links
from subscribers.models import Segment, Subscriber, Subscription
from subscribers.preferences import changes
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import parse_rule
from tests.factories import start

NAMES = ("silent", "stays", "opens", "clicks", "changes", "leaves", "new")


def asked_by(boss: User, newsletter: Newsletter, *, unsubscribes: bool = False) -> Reengagement:
    return ask_quiet_readers(newsletter, days=30, unsubscribes=unsubscribes, by=boss)


def goes_out(asked: Reengagement) -> None:
    """To everybody whom it is for, and all of it accepted."""
    start(asked.edition)
    Edition.objects.filter(pk=asked.edition_id).update(status=Edition.Status.SENT, finished_at=timezone.now())
    asked.refresh_from_db()
    chunk = asked.edition.chunks.get()
    for person in people_in(parse_rule(Segment.objects.get(pk=asked.edition.include_segments[0]).rule)):
        Delivery.objects.update_or_create(
            edition=asked.edition, subscriber_id=person.pk,
            defaults={
                "chunk": chunk, "fence": 1, "variant": 0, "outcome": Outcome.ACCEPTED, "settled_at": timezone.now(),
            },
        )  # fmt: skip


def reads(person: Subscriber, edition: Edition, kind: str, *, rule: str = "") -> None:
    agent, _new = Agent.objects.get_or_create(name="Firefox")
    now = timezone.now()
    ReaderCount.objects.create(
        edition=edition, subscriber_id=person.pk, kind=kind, agent=agent, rule=rule, rules=1, times=1, first_at=now,
        last_at=now,
    )  # fmt: skip


def all_but_one_react(people: dict[str, Subscriber], asked: Reengagement) -> None:
    edition, news = asked.edition, asked.edition.newsletter.mailing_list_id
    stay = links.unsubscribe_token(people["stays"].pk, news, edition.pk)
    assert Client().post(f"/stay/{stay}/").status_code == 200
    reads(people["opens"], edition, ReaderCount.OPEN)
    reads(people["clicks"], Edition.objects.exclude(pk=edition.pk).latest("pk"), ReaderCount.CLICK)  # an older one
    reads(people["silent"], edition, ReaderCount.CLICK, rule="early")  # a machine
    changes.set_frequency(people["changes"].pk, news, "weekly")
    Client().post(links.unsubscribe_link(links.unsubscribe_token(people["leaves"].pk, news, edition.pk)))


def told() -> list[str]:
    """Subject and text of what staff were sent."""
    mails = [write_whole(row) for row in Message.objects.filter(kind="quiet_readers")]
    return [f"{mail.subject}\n{mail.body}" for mail in mails if mail is not None]


def names_of(people: Iterable[Subscriber]) -> set[str]:
    return {person.email.partition("@")[0] for person in people}


def on_the_list(newsletter: Newsletter) -> set[str]:
    rows = Subscription.objects.filter(mailing_list=newsletter.mailing_list_id, status=Subscription.Status.CONFIRMED)
    return {email.partition("@")[0] for email in rows.values_list("subscriber__email", flat=True)}
