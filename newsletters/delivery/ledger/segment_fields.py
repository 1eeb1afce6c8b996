"""What segments can ask about editions: who was sent one. The ledger answers, by its index of editions and readers."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from newsletters.models import Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.former_people import numbers_of
from subscribers.models import FormerSubscriber, Subscriber
from subscribers.segments.fields import Asked, Choices, Operator, RuleField, Takes

_TOLD = 3  # editions that an explanation names


def sent_fields() -> Iterator[RuleField]:
    yield WAS_SENT


def _was_sent(asked: Asked) -> Q:
    """Also what went to somebody who was merged into the person since: the ledger keeps their number."""
    sent = Delivery.objects.filter(edition=asked.number, outcome=Outcome.ACCEPTED)
    not_sent = ~Q(Exists(sent.filter(subscriber_id=OuterRef("pk"))))
    was_not = not_sent
    if FormerSubscriber.objects.exists():  # seldom; else the question stays the simpler one
        merged = FormerSubscriber.objects.filter(Exists(sent.filter(subscriber_id=OuterRef("former_id"))))
        was_not &= ~Q(Exists(merged.filter(subscriber=OuterRef("pk"))))
    if asked.operator == "is_not":
        return was_not
    # Not by OR, which PostgreSQL would ask person by person (subscribers.segments.compiling).
    return ~not_sent if was_not is not_sent else ~Q(Exists(Subscriber.objects.filter(was_not, pk=OuterRef("pk"))))


def _editions_of(person: Subscriber) -> str:
    sent = Delivery.objects.filter(subscriber_id__in=numbers_of(person), outcome=Outcome.ACCEPTED).order_by("-pk")
    return ", ".join(str(each.edition) for each in sent.select_related("edition__newsletter")[:_TOLD])


def _editions() -> Choices:
    gone_out = Edition.objects.filter(frozen_at__isnull=False).to_choose_from().order_by("-frozen_at")
    return [(edition.pk, f"{edition}: {edition.subject}"[:80]) for edition in gone_out]


WAS_SENT = RuleField(
    "edition", gettext_lazy("Edition"),
    (
        Operator("is", gettext_lazy("was sent"), Takes.CHOICE),
        Operator("is_not", gettext_lazy("was not sent"), Takes.CHOICE),
    ),
    _was_sent, _editions_of, _editions, group=gettext_lazy("Mail"),
)  # fmt: skip
