"""Keep what comes in, once, as it came, for `settings.RAW_EVENTS_KEPT_DAYS`."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from newsletters.models import RawEvent

_AT_ONCE = 1000


def keep_once(
    source: str, body: bytes, *, content_type: str = "", identity: bytes | None = None, or_of: Sequence[str] = ()
) -> RawEvent | None:
    """The event, to be read soon; None if the same was kept before: one with this body, or with this `identity` where
    that is given, of this source or of those in `or_of`. The caller has measured the body. Raises DatabaseError, and
    then nothing is kept."""
    now = timezone.now()
    digest = blake2b(body if identity is None else identity, digest_size=32).hexdigest()
    with transaction.atomic():
        if or_of:
            _take_turns(digest)
            if RawEvent.objects.filter(source__in=or_of, digest=digest).exists():
                return None
        event, is_new = RawEvent.objects.get_or_create(
            source=source,
            digest=digest,
            defaults={
                "body": zlib.compress(body),
                "size": len(body),
                "content_type": content_type[:200],
                "received_at": now,
                "due_at": now,
            },
        )
    return event if is_new else None


def _take_turns(digest: str) -> None:
    """Until the end of this transaction nobody else keeps anything with this identity, of whichever source: a
    constraint sees one source alone. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])


def body_of(event: RawEvent) -> bytes:
    """As it came. `size` bounds what is unpacked."""
    return zlib.decompressobj().decompress(bytes(event.body), max_length=event.size or 1)


def forget_old() -> int:
    """Delete what was received too long ago; how many. What was done about them stays."""
    before = timezone.now() - timedelta(days=settings.RAW_EVENTS_KEPT_DAYS)
    old = list(RawEvent.objects.filter(received_at__lt=before).values_list("pk", flat=True)[:_AT_ONCE])
    # Without their bodies, which may have 10 MB each: Django reads the rows that something refers to.
    deleted, _by_model = RawEvent.objects.filter(pk__in=old).only("pk").delete()
    return deleted
