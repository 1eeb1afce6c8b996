"""Make the digests that are due: a window, and an edition of its own kind if somebody lacks an article.

The window's row and the queued edition are one transaction, and the unique constraint lets one of any number of beats
make them. From then on the edition is like any other: frozen, handed out and sent by the same engine, so that a crash
at any point costs nothing. Who lacks what is asked again when the audience is frozen.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q

from lib.dates import zone_named
from newsletters.delivery.audience.digest_members import find_skipped_editions, release_unsent, stream_members
from newsletters.editions import transitions
from newsletters.editions.digest_windows import last_window
from newsletters.editions.digests import digest_content
from newsletters.models import DigestRun, Edition
from subscribers.institute import institute_zone
from subscribers.models import DIGESTS, Frequency, Subscription

LOOK_SECONDS = 60.0
logger = logging.getLogger(__name__)
# After going back to each edition: by then a daily digest has brought what was still owed.
SETTLED_AFTER = timedelta(days=3)


_next_look = 0.0  # of time.monotonic(), in this process


def make_due_sometimes(now: datetime) -> None:
    """At most once a minute: a round comes every second, and digests are due in the morning."""
    global _next_look  # noqa: PLW0603
    if time.monotonic() >= _next_look:
        _next_look = time.monotonic() + LOOK_SECONDS
        make_due(now)


def make_due(now: datetime) -> list[DigestRun]:
    """May run any number of times at once. Returns the runs that this call made."""
    made = []
    for list_id, frequency, zone in _wanted():
        try:
            if run := _make(list_id, frequency, zone, now):
                made.append(run)
        except Exception:
            # It is tried again; the other lists, and the sending, must not wait for it.
            logger.exception("The %s digest of list %s could not be made", frequency, list_id)
    return made


def _wanted() -> list[tuple[int, str, str]]:
    """Each list, frequency and zone that somebody chose."""
    chosen = Subscription.objects.filter(
        frequency_set_at__isnull=False, status=Subscription.Status.CONFIRMED
    ).order_by()
    rows = chosen.values_list("mailing_list_id", "frequency", "subscriber__time_zone").distinct()
    daily = Frequency.DAILY.value
    return sorted({(pk, daily if frequency not in DIGESTS else frequency, zone) for pk, frequency, zone in rows})


def _make(list_id: int, frequency: str, zone: str, now: datetime) -> DigestRun | None:
    place = zone_named(zone) if zone else institute_zone()
    window = last_window(frequency, place if isinstance(place, ZoneInfo) else ZoneInfo("UTC"), now)
    if window is None:
        return None
    run = DigestRun(
        mailing_list_id=list_id, frequency=frequency, zone=zone, starts_at=window.starts_at, ends_at=window.ends_at
    )
    same = Q(mailing_list=list_id, frequency=frequency, zone=zone, ends_at=window.ends_at)
    if DigestRun.objects.filter(same).exists():
        return None
    release_unsent(run)
    lacking: set[int] = set()
    for member in stream_members(run):
        lacking |= member.article_ids
    try:
        with transaction.atomic():
            run.edition = _edition(run, lacking, now) if lacking else None
            run.save()
            _forget_settled(run)
    except IntegrityError:
        if DigestRun.objects.filter(same).exists():
            return None  # another beat made it at the same moment
        raise
    logger.info("%s: %s", run, f"{len(lacking)} articles" if lacking else "nothing new")
    return run


def _edition(run: DigestRun, lacking: set[int], now: datetime) -> Edition:
    ids = find_skipped_editions(run).ids
    found = Edition.objects.select_related("newsletter").in_bulk(ids)
    sources = [found[pk] for pk in reversed(ids)]
    with_them = [source for source in sources if _articles_of(source) & lacking]
    newsletter = with_them[0].newsletter
    edition = Edition.objects.create(newsletter=newsletter, digest=run.frequency)
    edition.slug = f"{newsletter.slug}-{run.frequency}-{run.ends_at:%Y-%m-%d}-{edition.pk}"
    content = digest_content(edition, with_them, lacking, now)
    Edition.objects.filter(pk=edition.pk).update(slug=edition.slug, subject=content.subject)
    transitions.queue_digest(edition.pk, content)
    edition.refresh_from_db()
    return edition


def _articles_of(edition: Edition) -> set[int]:
    blocks = (edition.snapshot or {}).get("blocks", [])
    return {block["article"]["id"] for block in blocks if block["article"]}


def _forget_settled(run: DigestRun) -> None:
    """Who went back to each edition some days ago is like everybody else again, once no digest waits to be frozen."""
    waiting = Edition.objects.filter(status=Edition.Status.QUEUED, newsletter__mailing_list=run.mailing_list_id)
    if not waiting.exclude(digest="").exists():
        Subscription.objects.filter(
            mailing_list=run.mailing_list_id, frequency=Frequency.EACH, frequency_set_at__lt=run.ends_at - SETTLED_AFTER
        ).update(frequency_set_at=None)
