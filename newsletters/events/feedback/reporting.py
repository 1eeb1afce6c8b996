"""What came back about mails, in the ledger: delivered, bounced, complained. It only ever gets worse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from django.db.models import Q

from newsletters.delivery import resolving
from newsletters.editions.transitions import Refused
from newsletters.events.feedback.deliveries import in_portions
from newsletters.events.feedback.mail_events import EventKind
from newsletters.events.feedback.matching import Matched
from newsletters.models import Delivery
from newsletters.models.deliveries import Outcome, Reported

_FROM_THE_MILDEST = list(Reported)
_SAYS = {EventKind.DELIVERED: Reported.DELIVERED, EventKind.COMPLAINT: Reported.COMPLAINED}


def report(told: Iterable[tuple[EventKind, Matched]]) -> None:
    """Write down the worst of each mail. Whatever comes back shows that it was sent; who writes to unsubscribe says
    nothing of it. Within a transaction of the caller's."""
    worst: dict[tuple[int, int], int] = {}
    for kind, matched in told:
        if kind is EventKind.UNSUBSCRIBE or matched.edition_id is None or matched.subscriber_id is None:
            continue
        mail, rank = (
            (matched.edition_id, matched.subscriber_id),
            _FROM_THE_MILDEST.index(_SAYS.get(kind, Reported.BOUNCED)),
        )
        worst[mail] = max(rank, worst.get(mail, 0))
    together: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for (edition, reader), rank in worst.items():
        together[edition, rank].add(reader)
    for (edition, rank), readers in sorted(together.items()):
        milder = [each.value for each in _FROM_THE_MILDEST[:rank]]
        for some in in_portions(readers):
            rows = Delivery.objects.filter(edition=edition, subscriber_id__in=some)
            # Before the rows are changed here: who resolves locks the edition and its chunks first.
            for reader in rows.filter(outcome=Outcome.IN_DOUBT).values_list("subscriber_id", flat=True):
                with suppress(Refused):  # somebody else has just decided it
                    resolving.mark_as_reported(edition, reader)
            rows.filter(Q(reported=None) | Q(reported__in=milder)).update(reported=_FROM_THE_MILDEST[rank])
