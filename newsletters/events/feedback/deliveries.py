"""“It arrived”: said of every mail of an edition, so it is written down for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.models import Delivery
from newsletters.models.deliveries import Outcome, Reported

_AT_ONCE = 500
N = TypeVar("N", int, str)


def report_delivered(events: Sequence[MailEvent]) -> list[MailEvent]:
    """Write down what is plain: accepted mails that arrived, unless worse was said of them. Returns the other events,
    which need a look of their own. Within a transaction of the caller's."""
    delivered = [event.target for event in events if event.kind is EventKind.DELIVERED]
    numbers = {target.provider_id for target in delivered} - {""}
    readers: dict[int, set[int]] = defaultdict(set)
    for target in delivered:
        if not target.provider_id and target.edition is not None and target.subscriber is not None:
            readers[target.edition].add(target.subscriber)
    accepted = Delivery.objects.filter(outcome=Outcome.ACCEPTED)
    done: set[MailTarget] = set()
    for some in in_portions(numbers):
        rows = accepted.filter(provider_id__in=some)
        done |= {MailTarget(provider_id=number) for number in rows.values_list("provider_id", flat=True) if number}
        rows.filter(reported=None).update(reported=Reported.DELIVERED)
    for edition, people in readers.items():
        for those in in_portions(people):
            rows = accepted.filter(edition=edition, subscriber_id__in=those)
            done |= {MailTarget(edition, person) for person in rows.values_list("subscriber_id", flat=True)}
            rows.filter(reported=None).update(reported=Reported.DELIVERED)
    return [event for event in events if event.kind is not EventKind.DELIVERED or event.target not in done]


def in_portions(values: set[N]) -> Iterator[list[N]]:
    """As many as a query may ask for."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
