"""What the list of people is filtered by: status, mailing list, tag, segment. Quick also among millions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from subscribers.models import MailingList, Segment, Subscription, Tag, TaggedSubscriber
from subscribers.segments.compiling import condition_of
from subscribers.segments.rules import BadRule, parse_rule

RARE = 20_000  # subscriptions: so many, and they are looked up; more, and the newest people are looked through


def _with_subscription(people: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Who has a subscription of that status, on that list, or both in one. Nobody is repeated who has several.

    The few pending among half a million are found from their side, by the index of lists and statuses; of the many
    confirmed a page is full after a few people. Some planners cannot tell these cases apart.
    """
    slug, status = request.GET.get(ListFilter.parameter_name), request.GET.get(StatusFilter.parameter_name)
    lists = MailingList.objects.filter(slug=slug) if slug else MailingList.objects.all()
    wanted = Subscription.objects.filter(mailing_list__in=list(lists.order_by().values_list("pk", flat=True)))
    if status:
        wanted = wanted.filter(status=status)
    if wanted.order_by()[: RARE + 1].count() <= RARE:
        return people.filter(pk__in=wanted.values("subscriber"))
    return people.filter(Exists(wanted.filter(subscriber=OuterRef("pk"))))


class StatusFilter(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Subscription.Status.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else _with_subscription(queryset, request)


class ListFilter(admin.SimpleListFilter):
    title = gettext_lazy("mailing list")
    parameter_name = "list"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(MailingList.objects.values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        both = request.GET.get(StatusFilter.parameter_name) is not None
        return queryset if self.value() is None or both else _with_subscription(queryset, request)


class TagFilter(admin.SimpleListFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Tag.objects.values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(pk__in=TaggedSubscriber.objects.filter(tag__slug=self.value()).values("subscriber"))


class SegmentFilter(admin.SimpleListFilter):
    """By an attribute, or by anything else that can be asked: a segment is the saved question."""

    title = gettext_lazy("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Segment.objects.values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        segment = Segment.objects.filter(slug=self.value()).first() if self.value() else None
        if segment is None:
            return queryset
        try:
            return queryset.filter(condition_of(parse_rule(segment.rule)))
        except BadRule as problem:
            messages.error(request, f"{segment.name}: {problem}")
            return queryset.none()
