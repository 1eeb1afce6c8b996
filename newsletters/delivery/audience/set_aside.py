"""How many of those who are being frozen get no mail, as it stands at that moment.

Whose variant is nobody's is known by its number. The others whom an exclusion keeps from it are few, and indexes of
their own find them: they are read beside the list, in the same order, so that nothing is asked about the whole list a
second time. The count before sending (`counting`) comes to the same; a property test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge

from newsletters.delivery.audience.definition import PERSONAL, people_excluded, wanting_digests
from newsletters.rendering.content import EditionContent
from newsletters.rendering.variants import NOBODYS, Variants
from subscribers.models import Subscription

_AT_ONCE = 10_000
_NOBODY = (float("inf"), False)


class SetAside:
    """Counts, of candidates in the order of the subscribers' ids, those among the few who have a variant. Only who has
    reached `next_id` need be shown to it: a comparison is all that a million others cost."""

    def __init__(self, few: Iterable[tuple[int, bool]], variants: Variants) -> None:
        """`few` as `stream_few` gives them."""
        self.count = 0
        self._few = iter(few)
        self._variants = variants
        self.next_id: float
        self._is_for_digest: bool
        self._take_next()

    def _take_next(self) -> None:
        self.next_id, self._is_for_digest = next(self._few, _NOBODY)

    def meet(self, subscriber_id: int, variant: int) -> None:
        applies = False
        while self.next_id <= subscriber_id:
            if self.next_id == subscriber_id:
                applies |= not (self._is_for_digest and self._variants.is_letter(variant))
            self._take_next()
        self.count += applies and variant not in NOBODYS


def stream_few(content: EditionContent, now: datetime) -> Iterator[tuple[int, bool]]:
    """The ids of those to whom an exclusion may apply that no variant tells of, ascending, and whether it is only that
    they chose a digest. Some are there twice, and people of other lists may be among them."""
    people = [people_excluded(each, now).order_by("pk").values_list("pk", flat=True) for each in PERSONAL]
    waiting = Subscription.objects.filter(wanting_digests(content), mailing_list=content.list_id)
    streams = [((pk, False) for pk in each.iterator(_AT_ONCE)) for each in people]
    in_order = waiting.order_by("subscriber_id").values_list("subscriber_id", flat=True)
    return merge(*streams, ((pk, True) for pk in in_order.iterator(_AT_ONCE)))
