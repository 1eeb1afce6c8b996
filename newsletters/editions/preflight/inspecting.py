"""Look at what a mail depends on outside, by a task: its links, its sender's domain, a spam filter.

Asked for on a page or by the schedule (`ask`), found by the reconcile as long as it is not done (`wanted`), made once
however many workers are nudged (`inspect`). One that died over it is replaced after a while. The page never waits for
any of it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from newsletters.editions import snapshot
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import domains, spam
from newsletters.editions.preflight.edition_texts import links
from newsletters.editions.preflight.rendered_mail import raw
from newsletters.models import Edition, Inspection
from newsletters.rendering.checking.addresses import is_own
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import render

if TYPE_CHECKING:
    from lib.fetching import Probe

logger = logging.getLogger(__name__)
MOST_LINKS = 50
AT_ONCE = 8
ALTOGETHER = timedelta(minutes=3)  # 50 links, 8 at a time, of 20 s at most, and names that are slow to look up
PATIENCE = timedelta(minutes=5)  # the links, DNS and the spam filter: well within
RECENT = timedelta(hours=1)  # so long a look at the same content is good enough for who is about to send


def ask(edition: Edition) -> Inspection:
    """Have it looked at, from now on; what is known stays known meanwhile."""
    asked, _created = Inspection.objects.update_or_create(
        edition=edition, defaults={"asked_at": timezone.now(), "begun_at": None}
    )
    return asked


def ask_unless_known(loaded: LoadedEdition) -> bool:
    """The same, unless this content was looked at lately or somebody is at it. Did it ask?"""
    last = loaded.inspection
    if last is not None:
        under_way = last.done_at is None or last.done_at < last.asked_at
        if under_way or (last.fingerprint == loaded.fingerprint and last.asked_at > timezone.now() - RECENT):
            return False
    loaded.inspection = ask(loaded.edition)
    return True


def wanted() -> list[int]:
    """The editions that somebody is to look at."""
    waiting = Inspection.objects.filter(_waiting())
    return list(waiting.order_by("asked_at").values_list("edition_id", flat=True)[:20])


def _waiting() -> Q:
    open_ = Q(done_at__isnull=True) | Q(done_at__lt=F("asked_at"))
    return open_ & (Q(begun_at__isnull=True) | Q(begun_at__lt=timezone.now() - PATIENCE))


def inspect(edition_id: int) -> bool:
    """Look, and keep what was seen. False when nobody asked, or another worker is at it."""
    begun_at = timezone.now()
    if not Inspection.objects.filter(_waiting(), edition=edition_id).update(begun_at=begun_at):
        return False
    edition = Edition.objects.select_related("newsletter__mailing_list", "newsletter__logo").get(pk=edition_id)
    content = snapshot.content_of(edition)
    seen = {
        "fingerprint": fingerprint(content),
        "links": _links(content),
        "domain": domains.look_up_domain(content.from_email.rpartition("@")[2].lower()).to_json()
        if settings.CHECK_DNS
        else {},
        "spam": _spam(content),
    }
    # Of one that was asked for again meanwhile, this look is kept, and the next one follows.
    Inspection.objects.filter(edition=edition_id).update(done_at=begun_at, **seen)
    return True


def _links(content: EditionContent) -> dict[str, dict[str, object]]:
    found = dict.fromkeys(link.text for link in links(content) if link.text.startswith(("http://", "https://")))
    addresses = [address for address in found if not is_own(address)][:MOST_LINKS]
    return {address: asdict(answer) for address, answer in zip(addresses, _asked(addresses), strict=True)}


def _asked(addresses: Sequence[str]) -> list[Probe]:
    """What each answered. What is not known when the time is over is left, and its threads to themselves."""
    if not addresses:
        return []
    from lib.fetching import Probe, probe  # with clients for DNS and HTTP: 6 MB, which most processes never need

    pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="links")
    answers = [pool.submit(probe, address) for address in addresses]
    wait(answers, timeout=ALTOGETHER.total_seconds())
    pool.shutdown(wait=False, cancel_futures=True)
    late = Probe(0, "there was no time left to check it")
    return [answer.result() if answer.done() and not answer.cancelled() else late for answer in answers]


def _spam(content: EditionContent) -> dict[str, object]:
    if not settings.SPAMD:
        return {}
    try:
        message = raw(render(content), content)
    except ValueError:  # a draft that no mail can be made of; preflight says why
        return {}
    return spam.score(message)
