"""How many different emails an edition makes, and what they cost: each is rendered before the first one leaves, is kept
with the edition, and is compiled by every worker that sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from lib.durations import duration_in_words
from lib.optional_cache import get_cached, put_cached
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import KEPT_SECONDS, Readership
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.variants import NOBODYS, Variants
from subscribers.models import TopicSelection

# Of a mail of a few articles 9 ms of a processor were measured, and more articles take longer.
SECONDS_EACH = 0.02


@dataclass(frozen=True, slots=True)
class VariantCost:
    count: int
    seconds: float  # of a worker, before the first mail leaves
    bytes: int  # that are kept in the database

    def in_words(self) -> str:
        time = duration_in_words(max(1, round(self.seconds)), about=True)
        words = _("Each is prepared before the first one leaves and kept with the edition: together that takes "
                  "%(time)s of a worker and %(size).1f MB.")  # fmt: skip
        return words % {"time": time, "size": max(0.1, self.bytes / 1_000_000)}


def cost_of(count: int, mail: RenderedMail) -> VariantCost:
    """Of so many, as long as the one with everything in it, at most."""
    size = len(mail.html.encode()) + len(mail.text.encode())
    return VariantCost(count, count * SECONDS_EACH, count * size)


def check(
    content: EditionContent, readership: Callable[[], Readership], mail: Callable[[], RenderedMail]
) -> Iterator[Finding]:
    """`readership` is asked only where there may be too many: it may have to count a whole list."""
    if not _may_be_too_many(content):
        return
    found = readership()
    count = 0 if found.problem else count_variants(content, found)
    if count > settings.MOST_VARIANTS:
        try:
            cost = cost_of(count, mail()).in_words()
        except ValueError:
            return  # no mail can be made of it, and another finding says why
        words = _("Readers get %(count)s different emails, by their topics and by who sees which block; more than "
                  "%(most)s are a lot.")  # fmt: skip
        said = words % {"count": f"{count:,}", "most": f"{settings.MOST_VARIANTS:,}"}
        yield Finding("many_variants", False, f"{said} {cost}", "articles")


def _may_be_too_many(content: EditionContent) -> bool:
    """As far as can be said without counting readers: by the topics of its articles, and the choices that exist."""
    by_topic = len({article.topic_ids for article in content.articles})
    by_condition = 1 << len(content.block_segments)
    if by_topic < 2:
        return by_condition > settings.MOST_VARIANTS
    choices = _choices_lately() + 1
    return min(choices, 1 << by_topic) * by_condition > settings.MOST_VARIANTS


def _choices_lately() -> int:
    """How many different choices of topics there are, counted within the last minute."""
    key = "newsletters.topic_choices"
    found: int | None = get_cached(key)
    if found is None:
        found = TopicSelection.objects.count()
        put_cached(key, found, KEPT_SECONDS)
    return found


def count_variants(content: EditionContent, readership: Readership) -> int:
    """Those that somebody gets."""
    choices = dict(enumerate({topics for topics, _mixture in readership.by_parts if topics is not None}, 1))
    numbers = {topics: number for number, topics in choices.items()}
    variants = Variants(content, choices)
    given = {
        variants.number_for(None if topics is None else numbers[topics], mixture)
        for (topics, mixture), readers in readership.by_parts.items()
        if readers
    }
    return len(given - NOBODYS)
