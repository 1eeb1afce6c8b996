"""Domains that refuse an edition for what we are or send: the rest of their readers wait until a person says so.

A refusal by policy says nothing about the reader, and the same mail to the same servers would be refused again and make
our name worse there. So nobody is suppressed; who is left at that domain is deferred, without an attempt, again and
again until the domain is resumed or the newsletter's time for retries is over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from newsletters.delivery.limits.rate_limits import domain_of
from newsletters.models import Delivery, Edition, StoppedDomain
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber

logger = logging.getLogger(__name__)
ENOUGH = 3  # refusals that came back, from different readers of the domain
SHARE = 0.05  # of those of its readers whose mail was accepted: three of all at a large provider are as usual
AGAIN_AFTER = timedelta(minutes=30)
REASON = "domain_stopped"  # of the ledger: `Reason.DOMAIN_STOPPED`
_READ_SECONDS = 1.0
_known: tuple[float, Mapping[int, frozenset[str]]] = (float("-inf"), {})


def stopped_domains(edition_id: int) -> frozenset[str]:
    """As `domain_of` writes them. A query a second for all editions together."""
    global _known  # noqa: PLW0603 - replaced as a whole: threads see the old domains or the new ones
    at, domains = _known
    now = time.monotonic()
    if now - at >= _READ_SECONDS:
        rows: dict[int, set[str]] = {}
        for edition, domain in StoppedDomain.objects.filter(
            resumed_at=None, edition__status=Edition.Status.SENDING
        ).values_list("edition", "domain"):
            rows.setdefault(edition, set()).add(domain)
        domains = {edition: frozenset(names) for edition, names in rows.items()}
        _known = now, domains
    return domains.get(edition_id, frozenset())


def reload_stopped() -> None:
    """What this process knows is old: it is read again when next needed."""
    global _known  # noqa: PLW0603 - as above
    _known = (float("-inf"), {})


def is_stopped(email: str, stopped: frozenset[str]) -> bool:
    return domain_of(email) in stopped


def stopped_of(edition_id: int) -> list[StoppedDomain]:
    """Those of an edition that a person hasn't resumed, for its page."""
    return list(StoppedDomain.objects.filter(edition=edition_id, resumed_at=None).order_by("domain"))


def stop(edition_id: int, domain: str, words: str) -> bool:
    """The rest of the edition isn't sent there. False when it was stopped before, or resumed by a person, whose word
    stands."""
    _row, is_new = StoppedDomain.objects.get_or_create(
        edition_id=edition_id, domain=domain, defaults={"words": words[:500], "at": timezone.now()}
    )
    if is_new:
        reload_stopped()
        # ERROR, so that whatever watches the log tells somebody.
        logger.error("Edition %s is no longer sent to %s, which refuses it: %s", edition_id, domain, words)
    return is_new


def resume(edition_id: int, domain: str, *, by: str) -> int:
    """Send it there after all: those who waited for it are due now. How many they are."""
    now = timezone.now()
    StoppedDomain.objects.filter(edition=edition_id, domain=domain, resumed_at=None).update(
        resumed_at=now, resumed_by=by[:150]
    )
    reload_stopped()
    readers = Subscriber.objects.at_domain(domain).values("pk")
    mails = Delivery.objects.filter(edition=edition_id, outcome=Outcome.DEFERRED, reason=REASON)
    waiting = mails.filter(subscriber_id__in=readers)
    return waiting.update(retry_at=now)


def refuses_too_much(edition_id: int, domain: str, refused: int) -> bool:
    """Of so many readers who were refused. The others are counted at the third and then at each power of two, no
    further than matters."""
    if refused < ENOUGH or (refused != ENOUGH and refused & (refused - 1)):
        return False
    return refused > SHARE * accepted_at(domain, edition_id, at_most=int(refused / SHARE) + 1)


def accepted_at(domain: str, edition_id: int, *, at_most: int) -> int:
    """How many mails of the edition servers of the domain took, as far as that: it looks at the readers there, one
    after the other."""
    accepted = Delivery.objects.filter(edition=edition_id, outcome=Outcome.ACCEPTED, subscriber_id=OuterRef("pk"))
    return Subscriber.objects.at_domain(domain).filter(Exists(accepted)).order_by()[:at_most].count()
