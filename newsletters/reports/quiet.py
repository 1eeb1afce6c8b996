"""Who has gone quiet on a list, and who of them let a last question go by. One definition for the reports' number, for
segments, and for who is unsubscribed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletters.models import Delivery, Edition, Engagement, Newsletter, Reengagement
from newsletters.models.deliveries import Outcome, Reported
from subscribers.models import MailingList, Subscription

QUIET = timedelta(days=90)
NOBODY = Q(pk__in=())


def quiet_subscriptions(list_id: int, at: datetime) -> QuerySet[Subscription] | None:
    """At that moment: confirmed on this list for longer than `QUIET`, sent an edition of it within that time, and
    neither opened nor clicked anything since it began, as far as anybody can tell. None where newsletters hadn't
    counted by reader for that long without a break. Who pauses or is suppressed gets nothing to open."""
    since = at - QUIET
    editions = _by_reader_since(list_id, since, at)
    if editions is None:
        return None
    active = Engagement.objects.filter(Q(opened_at__gte=since) | Q(clicked_at__gte=since), pk=OuterRef("subscriber_id"))
    rows = Subscription.objects.filter(mailing_list=list_id, status=Subscription.Status.CONFIRMED)
    long_here = rows.filter(confirmed_at__lt=since, subscriber__is_suppressed=False).exclude(
        subscriber__paused_until__gt=at
    )
    sent = Delivery.objects.filter(
        edition__in=editions, outcome=Outcome.ACCEPTED, subscriber_id=OuterRef("subscriber_id")
    )
    return long_here.filter(~Exists(active), Exists(sent))


def _by_reader_since(list_id: int, since: datetime, at: datetime) -> list[int] | None:
    """The editions between the two of newsletters that counted by reader before it and ever after. None: there is no
    such newsletter."""
    by_reader = Q(tracking=Newsletter.Tracking.READER)
    begun = Edition.objects.filter(newsletter=OuterRef("pk"), frozen_at__isnull=False)
    newsletters = Newsletter.objects.filter(
        by_reader,
        Exists(begun.filter(by_reader, frozen_at__lte=since)),
        ~Exists(begun.filter(~by_reader, frozen_at__gt=since)),
        mailing_list=list_id,
    )
    pks = list(newsletters.values_list("pk", flat=True))
    if not pks:
        return None
    editions = Edition.objects.filter(newsletter__in=pks, frozen_at__gt=since, frozen_at__lt=at)
    return list(editions.values_list("pk", flat=True))


def is_quiet(list_id: int, at: datetime) -> Q:
    """The same of people."""
    rows = quiet_subscriptions(list_id, at)
    return NOBODY if rows is None else Q(pk__in=rows.values("subscriber"))


def had_the_chance(edition_id: int, now: datetime) -> Q:
    """Of people: quiet when this edition asked them, on the list that it was sent to; its mail to them was accepted as
    many days ago as they were given, and didn't come back. Nobody while it isn't sent to the end, or where it asks
    nobody, or where since then an edition of that list went out whose readers aren't told apart."""
    rows = Reengagement.objects.filter(
        edition=edition_id, edition__status=Edition.Status.SENT, edition__frozen_at__isnull=False,
        edition__tracking=Newsletter.Tracking.READER,
    )  # fmt: skip
    found = rows.values_list("days", "edition__frozen_at", "edition__snapshot__list_id").first()
    days, began, list_id = found or (0, None, 0)
    if began is None:
        return NOBODY
    unseen = Edition.objects.filter(newsletter__mailing_list=list_id, frozen_at__gt=began - QUIET)
    if unseen.exclude(tracking=Newsletter.Tracking.READER).exists():
        return NOBODY
    mails = Delivery.objects.filter(
        Q(reported__isnull=True) | Q(reported=Reported.DELIVERED), edition=edition_id, outcome=Outcome.ACCEPTED,
        settled_at__lte=now - timedelta(days=days), subscriber_id=OuterRef("pk"),
    )  # fmt: skip
    return is_quiet(list_id, began) & Q(Exists(mails))


def lists_to_choose_from() -> list[tuple[int, str]]:
    return list(MailingList.objects.values_list("pk", "name"))
