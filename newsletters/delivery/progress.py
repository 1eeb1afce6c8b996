"""Why an edition does not move, or not as fast as it could: sentences for who watches it.

Everything is computed when somebody looks, from a handful of queries whatever the edition's size, since what stands
still often cannot write why: a full disk, a process that is not there. A guess is put as a question. When nothing
waits, there is no sentence.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mail.route_rates import slowed
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, Edition, SendingGuard
from newsletters.models.deliveries import Outcome, Totals

PATIENCE = timedelta(seconds=20)  # the beat of production finds lost work every 15
PREPARING = timedelta(seconds=60)  # reading a large audience takes some seconds, and much longer on a busy machine
JOURNAL_NEEDS = 2 * 1024 * 1024  # bytes


def reasons(edition: Edition, sums: Totals) -> list[str]:
    """The gravest first. Why it is paused is not among them: that stands in the sentence about the edition itself."""
    status, now = edition.status, timezone.now()
    found: list[str] = []
    if status in {Edition.Status.QUEUED, Edition.Status.SENDING, Edition.Status.PAUSED}:
        found += SendingGuard.objects.exclude(halted_why="").values_list("halted_why", flat=True)
    if edition.trouble and edition.trouble != edition.paused_why:
        found.append(_trouble(edition))
    if status == Edition.Status.QUEUED and not found and edition.send_at and edition.send_at < now - PREPARING:
        found.append(_("No worker has started to prepare it. Is one running?"))
    if status != Edition.Status.SENDING:
        return found
    found += _journal()
    if not found:
        found += _nobody_sends(edition, now)
    found += _slowed(now)
    found += rate_limits.limits_in_words(edition)
    if sums.deferred:
        found.append(_deferred(edition, sums.deferred, now))
    return found


def speed(edition: Edition) -> float:
    """Mails a second that this edition leaves at, as its senders say, and no more than the rate limit for all mail;
    0 when none is at work."""
    if edition.status != Edition.Status.SENDING:
        return 0.0
    claimed = Chunk.objects.filter(edition=edition, state=Chunk.State.CLAIMED, heard_at__gt=_silent_since())
    return min(float(claimed.aggregate(rate=Sum("rate"))["rate"] or 0.0), rate_limits.limit_of_all_mail())


def _silent_since() -> datetime:
    """Claims not heard of since this moment count as silent."""
    return timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)


def _trouble(edition: Edition) -> str:
    if edition.status != Edition.Status.SENDING:
        return edition.trouble
    return f"{edition.trouble} " + _("We keep retrying. Nobody is left out, and nobody gets it twice.")


def _slowed(now: datetime) -> list[str]:
    """The mail server says that we are too fast."""
    found = slowed(settings.EMAIL_ROUTE, now)
    if found is None:
        return []
    if found.per_second >= 1:
        count = round(found.per_second)
        rate = ngettext("We now send %s email a second.", "We now send %s emails a second.", count)
    else:
        count = round(1 / found.per_second)
        rate = ngettext("We now send one every %s second.", "We now send one every %s seconds.", count)
    rate %= f"{count:,}"
    return [
        _("The mail server says we send too fast: “%(words)s”. %(rate)s Nobody is left out, and no attempt is counted.")
        % {"words": found.words, "rate": rate}
    ]


def _journal() -> list[str]:
    """Nobody is handed out without a journal, so what keeps it from being written stops all sending. Where the folder
    is not on this machine, that is for the machine to say that sends."""
    folder = getattr(settings, "IRIA_JOURNAL_DIR", None)
    if folder is None:
        return []
    try:
        disk = os.statvfs(folder)
    except OSError:
        return []
    if disk.f_bavail * disk.f_frsize < JOURNAL_NEEDS:
        return [_("The disk that holds the journal is full. We send nothing until there is room.")]
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return [_("The journal folder isn't writable. We send nothing until it is.")]
    return []


def _nobody_sends(edition: Edition, now: datetime) -> list[str]:
    """Chunks have been ready for a while, and nobody has one. Between two chunks nobody has one either, so what was
    settled last counts as well."""
    long_ago = now - PATIENCE
    if edition.frozen_at is None or max(edition.frozen_at, edition.updated_at) > long_ago:  # begun, or resumed
        return []
    claimed = Q(state=Chunk.State.CLAIMED)
    chunks = Chunk.objects.filter(edition=edition, state__in=[Chunk.State.READY, Chunk.State.CLAIMED]).aggregate(
        claimed=Count("pk", filter=claimed),
        left=Count("pk", filter=Q(state=Chunk.State.READY, wave__lt=long_ago)),
        heard_at=Max("heard_at", filter=claimed),
    )
    if chunks["heard_at"] is not None and chunks["heard_at"] < _silent_since():
        when = _clock(chunks["heard_at"], edition.newsletter.zone, now)
        return [_("The sending process has had no heartbeat since %s. Is a worker running?") % when]
    if chunks["claimed"] or not chunks["left"]:
        return []
    last = Delivery.objects.order_by("-pk").values_list("settled_at", flat=True).first()
    if last is not None and last > long_ago:
        return []
    elsewhere = Chunk.objects.filter(
        edition__status=Edition.Status.SENDING, state=Chunk.State.CLAIMED, heard_at__gt=_silent_since()
    )
    if elsewhere.exists():
        return [_("The workers are sending another edition; this one is next.")]
    return [_("No worker is sending. Is one running?")]


def _deferred(edition: Edition, count: int, now: datetime) -> str:
    deferred = Delivery.objects.filter(edition=edition, outcome=Outcome.DEFERRED, retry_at__isnull=False)
    next_try = deferred.order_by("retry_at").values_list("retry_at", flat=True).first()
    what = ngettext("%s is deferred", "%s are deferred", count) % f"{count:,}"
    if next_try is None or next_try <= now:
        return _("%s; the next attempt is due.") % what
    return _("%(what)s; next attempt at %(at)s.") % {
        "what": what, "at": _clock(next_try, edition.newsletter.zone, now),
    }  # fmt: skip


def _clock(at: datetime, zone: str, now: datetime) -> str:
    """“14:05 (Europe/Berlin)”, with the day when that is another one."""
    local = at.astimezone(ZoneInfo(zone))
    day = "" if local.date() == now.astimezone(ZoneInfo(zone)).date() else f" on {date_format(local, 'j F')}"
    return f"{local:%H:%M}{day} ({zone})"
