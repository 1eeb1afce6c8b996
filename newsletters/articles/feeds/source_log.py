"""What happened with a feed, in sentences that its page shows; the oldest go."""

from __future__ import annotations

from lib.characters import without_controls
from newsletters.models import FeedLogEntry, FeedSource

KEPT = 200  # of each feed
MOST = 500  # characters of a sentence


def write_log(source: FeedSource, sentence: str, *, is_problem: bool = False) -> None:
    FeedLogEntry.objects.create(source=source, sentence=without_controls(sentence)[:MOST], is_problem=is_problem)
    last = source.log.values_list("pk", flat=True)[KEPT : KEPT + 1]
    if oldest := list(last):
        source.log.filter(pk__lte=oldest[0]).delete()
