"""One confirmation email to each new person of an import whose consent nothing proves, when that was chosen.

So many an hour (IMPORT_CONFIRMATIONS_AN_HOUR), by the same way as every confirmation: no more than three a day to one
mailbox, none to who is suppressed, and a link that ends. Nobody is reminded: they did not ask for this mail. How far it
has come is kept in the import, in the transaction that writes the messages.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subscribers.models import ConsentRecord, Import, Subscriber, Subscription
from subscribers.signup.double_opt_in import resend_confirmation

logger = logging.getLogger(__name__)

AT_ONCE = 50  # people
_WITHIN = timedelta(hours=1)


def ask_due() -> int:
    """Ask the next people of the oldest import that still has some. Returns how many subscriptions were looked at."""
    asks = Import.objects.filter(confirmed_to__isnull=False, state=Import.State.DONE)
    of = asks.order_by("pk").values_list("pk", flat=True).first()
    return _ask_some(of) if of is not None else 0


def _ask_some(import_id: int) -> int:
    now = timezone.now()
    with transaction.atomic():
        of = Import.objects.select_for_update().get(pk=import_id)
        if of.state != Import.State.DONE or of.confirmed_to is None:
            return 0
        room = settings.IMPORT_CONFIRMATIONS_AN_HOUR - _asked_lately(of, now)
        if room <= 0:
            return 0
        pending = _next_pending(of, min(AT_ONCE, room))
        if not pending:
            Import.objects.filter(pk=of.pk).update(confirmed_to=None)
            return 0
        for owner, ids in groupby(pending, key=lambda pair: pair[1]):
            _ask(owner, [pk for pk, _owner in ids], of.by)
        asked = {**of.asked, now.isoformat(): len(pending)}
        recent = {at: count for at, count in asked.items() if datetime.fromisoformat(at) > now - _WITHIN}
        Import.objects.filter(pk=of.pk).update(confirmed_to=pending[-1][0], asked=recent)
    return len(pending)


def _asked_lately(of: Import, now: datetime) -> int:
    return sum(count for at, count in of.asked.items() if datetime.fromisoformat(at) > now - _WITHIN)


def _next_pending(of: Import, most: int) -> list[tuple[int, int]]:
    """Subscriptions that this import made and that still wait: id and person, in order."""
    found: list[tuple[int, int]] = []
    for ranges in of.batches.order_by("pk").values_list("subscriptions", flat=True).iterator():
        for first, last in ranges:
            if last <= (of.confirmed_to or 0):
                continue
            waiting = Subscription.objects.filter(
                pk__gte=max(first, (of.confirmed_to or 0) + 1), pk__lte=last, status=Subscription.Status.PENDING
            )
            found += waiting.order_by("pk").values_list("pk", "subscriber_id")[: most - len(found)]
            if len(found) >= most:
                return found
    return found


def _ask(owner: int, subscription_ids: Sequence[int], by: str) -> None:
    person = Subscriber.objects.get(pk=owner)
    resend_confirmation(
        person, subscription_ids, source=ConsentRecord.Source.IMPORT, staff=by, detail="asked once after an import"
    )
    Subscription.objects.filter(pk__in=subscription_ids).update(remind_at=None)
