"""The readers: is there anybody to send to, and are they not many more than lately?

Who an edition's candidates are is defined by the delivery, a floor above. It says here, once and when the program
starts, how to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lib.optional_cache import get_cached, put_cached
from newsletters.editions.preflight.background import Background
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.repeats import Repeats
from newsletters.rendering.content import EditionContent
from subscribers.models import Subscription

JUMP = 2  # times as many recipients as any edition of the last week had
KEPT_SECONDS = 60
REPEATS = "repeats"  # the page of sending asks about them apart

Candidates = Callable[[EditionContent], QuerySet[Subscription]]
_registered: list[Candidates] = []


def register_candidates(candidates: Candidates) -> None:
    """Register what finds everybody who would be frozen, whether or not they would get it."""
    _registered[:] = [candidates]


def candidates_of(content: EditionContent) -> QuerySet[Subscription]:
    (registered,) = _registered
    return registered(content)


def check(candidates: QuerySet[Subscription], list_name: str, background: Background) -> Iterator[Finding]:
    if not background.has_candidates:
        message = _("Nobody has confirmed a subscription to %s yet.") % list_name
        yield Finding("nobody", True, message, "newsletter.mailing_list")
        return
    most = background.most_recipients
    if not most:
        return
    # Half a million are counted once in a minute, not at every save of a draft.
    key = f"newsletters.preflight.candidates.{blake2b(str(candidates.query).encode(), digest_size=16).hexdigest()}"
    now = get_cached(key)
    if now is None:
        now = candidates.count()
        put_cached(key, now, KEPT_SECONDS)
    if now > JUMP * most:
        message = _("It goes to %(now)s readers, but no edition in the last seven days went to more "
                    "than %(most)s. Mailbox providers distrust a sender whose volume jumps.")  # fmt: skip
        yield Finding("jump", False, message % {"now": f"{now:,}", "most": f"{most:,}"}, "")


def check_repeats(repeats: Repeats) -> Iterator[Finding]:
    """A warning beside the draft; Send asks for a confirmation of its own."""
    if repeats:
        yield Finding(REPEATS, False, repeats.in_words, "articles")
