"""Why an edition does not move: said at the edition, in a sentence; and it is paused when only a person can help."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from mail.results import Result
from newsletters.delivery.ledger.outcomes import Settlement
from newsletters.editions import transitions
from newsletters.models import Chunk, Edition
from newsletters.models.deliveries import Outcome

logger = logging.getLogger(__name__)
BY = "Iria"
POLICY_LAST, POLICY_SHARE = 200, 0.05


def report_trouble(edition_ids: Iterable[int], sentence: str, *, fatal: bool = False) -> None:
    """Write it at these editions; `fatal` pauses them too."""
    ids = list(edition_ids)
    Edition.objects.filter(pk__in=ids, status=Edition.Status.SENDING).update(trouble=sentence[:300])
    if fatal:
        for edition_id in ids:
            pause_edition(edition_id, sentence)


def report_trouble_everywhere(sentence: str) -> None:
    """Write it at every edition of which somebody waits."""
    waiting = Chunk.objects.filter(state=Chunk.State.READY, edition__status=Edition.Status.SENDING)
    report_trouble(set(waiting.values_list("edition_id", flat=True).distinct()[:100]), sentence)


def clear_trouble(edition_ids: Iterable[int]) -> None:
    """They move again."""
    if ids := list(edition_ids):
        Edition.objects.filter(pk__in=ids).exclude(trouble="").update(trouble="")


def pause_edition(edition_id: int, why: str) -> None:
    # ERROR, so that whatever watches the log tells somebody: mail itself may be what does not work.
    logger.error("Edition %s is paused: %s", edition_id, why)
    try:
        transitions.pause(edition_id, by=BY, why=why)
    except transitions.Refused:
        logger.info("Edition %s is no longer being sent", edition_id)


class PolicyWatch:
    """Servers that refuse what we are and not whom we write to (RFC 3463 X.7.X) make things worse for the others:
    above 5 % of the last 200 answers the edition is paused."""

    def __init__(self) -> None:
        self._last: defaultdict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=POLICY_LAST))

    def record_results(self, edition_id: int, results: Sequence[Result | Settlement]) -> None:
        last, words = self._last[edition_id], ""
        for result in results[-POLICY_LAST:]:
            refused = result.outcome == Outcome.REJECTED and result.enhanced_status.startswith("5.7.")
            if refused:
                words = result.reply or result.enhanced_status
            last.append(refused)
        if words and sum(last) > POLICY_LAST * POLICY_SHARE:
            count, of = sum(last), len(last)
            self.forget(edition_id)  # once resumed, it begins anew
            pause_edition(edition_id, f"Rejected by policy: {count} of the last {of} answers. Last answer: {words}")

    def forget(self, edition_id: int) -> None:
        self._last.pop(edition_id, None)
