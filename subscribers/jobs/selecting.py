"""Who is meant by a job: people by their numbers, or everybody whom the filters of their list find.

Filters are asked anew for each batch, above the last person who is done, so a job over a million people keeps no list
of them. What a job changes may take somebody out of the filter; they are done by then.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from subscribers.models import Segment, Subscriber, Subscription, TaggedSubscriber
from subscribers.segments.compiling import condition_of
from subscribers.segments.rules import parse_rule

MOST_NUMBERS = 1000


def by_numbers(numbers: list[int]) -> dict[str, Any]:
    if not 0 < len(numbers) <= MOST_NUMBERS:
        raise ValueError(f"between 1 and {MOST_NUMBERS} people")
    return {"ids": sorted(set(numbers))}


def by_filters(
    *, mailing_list: str = "", status: str = "", suppressed: bool | None = None, tag: str = "", segment: str = ""
) -> dict[str, Any]:
    """Lists, tags and segments are named by their slugs. Without any filter: everybody. The rule of a segment is kept
    as it is now: who is meant doesn't change while a job runs because somebody edits it. Raises `ValueError` for a
    segment that isn't there or whose rule can't be read."""
    rule = None
    if segment:
        found = Segment.objects.filter(slug=segment).first()
        if found is None:
            raise ValueError("no such segment")
        parse_rule(found.rule)
        rule = found.rule
    return {"list": mailing_list, "status": status, "suppressed": suppressed, "tag": tag, "rule": rule}


def by_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Those for whom a segment's rule holds. Raises `BadRule`."""
    parse_rule(rule)
    return {"rule": rule}


def people_of(selection: dict[str, Any]) -> QuerySet[Subscriber]:
    if "ids" in selection:
        return Subscriber.objects.filter(pk__in=selection["ids"])
    people = Subscriber.objects.all()
    if selection.get("suppressed") is not None:
        people = people.filter(is_suppressed=selection["suppressed"])
    if selection.get("list") or selection.get("status"):
        subscriptions = Subscription.objects.filter(subscriber=OuterRef("pk"))
        if selection.get("list"):
            subscriptions = subscriptions.filter(mailing_list__slug=selection["list"])
        if selection.get("status"):
            subscriptions = subscriptions.filter(status=selection["status"])
        people = people.filter(Exists(subscriptions))
    if selection.get("tag"):
        tagged = TaggedSubscriber.objects.filter(tag__slug=selection["tag"])
        people = people.filter(pk__in=tagged.values("subscriber"))
    if selection.get("rule") is not None:
        people = people.filter(condition_of(parse_rule(selection["rule"])))
    return people
