"""Find people by address or name, by index, however many there are; and rows about them by the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscribers.models import Subscriber

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin

PEOPLE_AT_MOST = 500
FEW = 20_000
SEARCH_HELP = _(
    "Enter an address or a name, or the start of one. We show the first 500. In smaller databases "
    "you can also search for a part of one."
)


def people_like(term: str) -> list[int]:
    """The numbers of the subscribers whom a search means: the one with that address, else those whose address or name
    begins so, else, where there are few people, those who have it anywhere. As far as a list is read."""
    if exact := list(Subscriber.objects.with_address(term).values_list("pk", flat=True)):
        return exact
    found = Subscriber.objects.beginning_with(term, PEOPLE_AT_MOST)
    if found or not _are_few():
        return found
    within = Subscriber.objects.filter(Q(email__icontains=term) | Q(name__icontains=term))
    return list(within.order_by("-pk").values_list("pk", flat=True)[:PEOPLE_AT_MOST])


def _are_few() -> bool:
    """So few that all may be read. By the highest number, since counting is reading, too."""
    last = Subscriber.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last is not None and last <= FEW


class SearchedByPerson(AnyAdmin):
    """Rows about subscribers, searched by the person: by index, and never within all addresses of the world."""

    search_fields = ["subscriber__email"]  # shows the field; the search itself is below
    search_help_text = SEARCH_HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(subscriber__in=people_like(term)) if term else queryset), False
