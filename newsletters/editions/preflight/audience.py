"""The readers: is there anybody to send to, and are they not many more than lately?

Who an edition's candidates are is defined by the delivery, a floor above. It says here, once and when the program
starts, how to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from newsletters.editions.preflight.background import Background
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import Readership
from newsletters.editions.repeats import Repeats
from newsletters.rendering.content import EditionContent
from subscribers.models import Subscription
from subscribers.segments.rules import BadRule

JUMP = 2  # times as many recipients as any edition of the last week had
REPEATS = "repeats"  # the page of sending asks about them apart

Candidates = Callable[[EditionContent], QuerySet[Subscription]]
_registered: list[Candidates] = []


def register_candidates(candidates: Candidates) -> None:
    """Register what finds everybody who would be frozen, whether or not they would get it."""
    _registered[:] = [candidates]


def candidates_of(content: EditionContent) -> tuple[QuerySet[Subscription], str]:
    """Those who would be frozen; nobody, and why, where a segment asks about what isn't there any more."""
    (registered,) = _registered
    try:
        return registered(content), ""
    except BadRule as problem:
        return Subscription.objects.none(), str(problem)


def check(
    content: EditionContent, background: Background, readership: Callable[[], Readership], problem: str
) -> Iterator[Finding]:
    """`readership` is asked only where there is something to compare with: it may have to count a whole list.
    `problem` is why nobody can be meant."""
    if problem:
        yield Finding("segments", True, problem, "audience")
        return
    if not background.has_candidates and (content.include or content.exclude):
        message = _("Nobody who confirmed a subscription to %s is in the segments that you chose.") % content.list_name
        yield Finding("nobody", True, message, "audience")
        return
    if not background.has_candidates:
        message = _("Nobody has confirmed a subscription to %s yet.") % content.list_name
        yield Finding("nobody", True, message, "newsletter.mailing_list")
        return
    most = background.most_recipients
    if not most:
        return
    found = readership()
    if found.problem:  # its segments take too long to count: the whole list is the most that it can go to
        whole = Subscription.objects.filter(mailing_list=content.list_id, status=Subscription.Status.CONFIRMED).count()
        if whole > JUMP * most:
            message = _("It may go to as many as %(now)s readers, who couldn't be counted in its segments, but no "
                        "edition in the last seven days went to more than %(most)s. Mailbox providers distrust a "
                        "sender whose volume jumps.")  # fmt: skip
            yield Finding("jump", False, message % {"now": f"{whole:,}", "most": f"{most:,}"}, "")
        return
    by_topics = found.by_topics.items()
    now = sum(count for topics, count in by_topics if content.articles_for(topics) or not content.articles)
    if now > JUMP * most:
        message = _("It goes to %(now)s readers, but no edition in the last seven days went to more "
                    "than %(most)s. Mailbox providers distrust a sender whose volume jumps.")  # fmt: skip
        yield Finding("jump", False, message % {"now": f"{now:,}", "most": f"{most:,}"}, "")


def check_repeats(repeats: Repeats) -> Iterator[Finding]:
    """A warning beside the draft; Send asks for a confirmation of its own."""
    if repeats:
        yield Finding(REPEATS, False, repeats.in_words, "articles")
