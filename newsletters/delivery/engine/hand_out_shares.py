"""How many recipients each hold may hand out now: what the connections take, and the rate limits of its group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from newsletters.delivery.engine.handing_out import Exchanged
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.limits import rate_limits


def count_wanted(holds: Sequence[Hold], want: int) -> Counter[str]:
    """Of each group, as many as wait, and no more than the connections take."""
    wanted: Counter[str] = Counter()
    for hold in holds:
        wanted[hold.claim.group] = min(want, wanted[hold.claim.group] + hold.waiting)
    return wanted


def share_out(holds: Sequence[Hold], want: int, taken: Mapping[str, int]) -> list[int]:
    """The throttled first, who are few at a time; then the oldest, so that chunks are finished one after the other."""
    left = Counter(taken)
    shares: dict[int, int] = {}
    for hold in sorted(holds, key=lambda hold: hold.claim.group == rate_limits.EVERYBODY):
        share = shares[hold.slot] = min(want, hold.waiting, left[hold.claim.group])
        left[hold.claim.group] -= share
        want -= share
    return [shares[hold.slot] for hold in holds]


def count_begun(
    holds: Sequence[Hold], exchanged: Sequence[Exchanged], checked_again: Sequence[set[Member]]
) -> Counter[str]:
    """Of each group, for how many a token was taken now."""
    begun: Counter[str] = Counter()
    for hold, each, again in zip(holds, exchanged, checked_again, strict=True):
        begun[hold.claim.group] += len(each.handed_out)
        if again:
            begun[hold.claim.group] -= sum(handed.member in again for handed in each.handed_out)
    return begun
