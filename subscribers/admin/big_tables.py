"""Tables that may have millions of rows, and tables that are only read: paged without counting them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyPaginator = Paginator


class MoreThan(int):
    """A number at which counting stopped: pages are made of it as of any, and it says what it is when shown."""

    def __str__(self) -> str:
        return _("more than %s") % f"{int(self):,}"


class CappedPaginator(AnyPaginator):
    """Counts no further than what anybody pages through: who looks for one person searches. Of a choice among the rows
    it counts less, since one that is not counted in an index costs what is skipped, too."""

    MOST, MOST_CHOSEN = 10_000, 1000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        most = self.MOST_CHOSEN if rows.query.where else self.MOST
        counted = rows.order_by()[: most + 1].count()
        return MoreThan(most) if counted > most else counted


class BigTable(AnyAdmin):
    """A table that may have millions of rows."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    actions: Sequence[str] | None = None


class ReadOnly:
    """Staff look; the stages write."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
