"""The brake on suppressing: an edition is paused when servers say of far too many addresses that they don't exist.

Two look at it. A sender sees the last answers of its own, within a second or so. And for all senders together the
ledger is counted: a minute after such an answer, and before an edition is finished.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from mail.results import Result
from newsletters.delivery.engine import trouble
from newsletters.delivery.ledger import dead_addresses
from newsletters.delivery.ledger.dead_addresses import Count
from newsletters.delivery.ledger.outcomes import Settlement, is_dead_address
from newsletters.models import DeadAddress, Delivery
from newsletters.models.deliveries import Outcome

LAST = 200  # answers that a sender remembers of an edition
SUDDENLY = 0.25  # of them, at least: old addresses stand together in a list, and are asked one after the other


def judge_waiting(now: datetime) -> None:
    """Of editions that are being sent: what was said more than a minute ago."""
    before = now - dead_addresses.WAIT
    for edition_id in dead_addresses.waiting_editions(before):
        judge(edition_id, before)


def judge(edition_id: int, before: datetime) -> bool:
    """Suppress those who wait since then, or hold them and pause the edition. False: it is paused. Where others are
    held and undecided, these join them."""
    if not DeadAddress.objects.filter(edition=edition_id, state=DeadAddress.State.WAITING).exists():
        return True
    counted = dead_addresses.count(edition_id)
    if counted.is_far_above:
        brake(edition_id, counted)
        return False
    if dead_addresses.are_held(edition_id):
        dead_addresses.hold_waiting(edition_id)  # answers that were on their way when it was paused: too few to judge
    else:
        dead_addresses.suppress_waiting(edition_id, before)
    return True


def brake(edition_id: int, counted: Count, words: str = "") -> None:
    """`words` are a server's; of any of the rejected, unless given."""
    dead_addresses.hold_waiting(edition_id)
    usual = "" if counted.usual is None else f" (usually {100 * counted.usual:.1f}%)"
    trouble.pause_edition(
        edition_id,
        f"The mail server says of {counted.dead:,} of {counted.answers:,} addresses that they don't exist{usual}."
        f" We have suppressed none of them. Last answer: {words or _words(edition_id)}",
    )


def _words(edition_id: int) -> str:
    rejected = Delivery.objects.filter(edition=edition_id, outcome=Outcome.REJECTED, enhanced_status__startswith="5.1.")
    return rejected.order_by("-pk").values_list("reply", flat=True).first() or ""


class DeadWatch:
    """Of one sender: its last answers, edition by edition."""

    def __init__(self) -> None:
        self._last: defaultdict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=LAST))

    def record_results(self, edition_id: int, results: Sequence[Result | Settlement]) -> None:
        """Behind the transaction that wrote them down."""
        last, words = self._last[edition_id], ""
        for result in results[-LAST:]:
            is_dead = bool(result.enhanced_status) and isinstance(result, Result) and is_dead_address(result)
            last.append(is_dead)
            words = result.reply if is_dead else words
        if not words or sum(last) < dead_addresses.SOME or sum(last) <= SUDDENLY * len(last):
            return
        whole = dead_addresses.count(edition_id)
        counted = whole._replace(dead=sum(last), answers=len(last))
        if counted.is_far_above:
            del self._last[edition_id]  # once resumed, it begins anew
            brake(edition_id, counted, words)


def judge_before_the_end(edition_id: int) -> bool:
    """Everybody has an answer for now. False: the edition is paused, and not to be finished."""
    return judge(edition_id, timezone.now())
