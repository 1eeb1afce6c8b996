"""When a newsletter is due, in words, and the dates on which it was: made, skipped or missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.editions.schedule.coming import coming, next_dates
from newsletters.editions.schedule.moments import Moment, in_words
from newsletters.models import Newsletter, Occurrence
from subscribers.admin.big_tables import CappedPaginator

if TYPE_CHECKING:
    OccurrenceAdminBase = admin.ModelAdmin[Occurrence]
else:
    OccurrenceAdminBase = admin.ModelAdmin

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
DATES_SHOWN = 5
MOST_SHOWN = 15  # with those that are skipped


def dates_in_words(newsletter: Newsletter, count: int = DATES_SHOWN) -> list[str]:
    """The next dates as sentences say them; none for a newsletter that is not active or has no cadence."""
    if not newsletter.is_active or newsletter.cadence == Newsletter.Cadence.NONE:
        return []
    return [in_words(moment, newsletter.zone) for moment in next_dates(newsletter, count)]


def coming_dates(newsletter: Newsletter, count: int = DATES_SHOWN) -> list[Moment]:
    """The next `count` dates, and those that are skipped on the way."""
    found: list[Moment] = []
    if newsletter.is_active:
        for moment in coming(newsletter, timezone.now()):
            found.append(moment)
            count -= not moment.skipped
            if not count or len(found) == MOST_SHOWN:
                break
    return found


def cadence_in_words(newsletter: Newsletter) -> str:
    if newsletter.cadence == Newsletter.Cadence.WEEKLY:
        days = dict(WEEKDAYS)
        return ", ".join(str(days[day]) for day in newsletter.weekdays if day in days)
    if newsletter.cadence == Newsletter.Cadence.MONTHLY:
        return _("monthly, on day %(day)s") % {"day": newsletter.day_of_month}
    return str(newsletter.get_cadence_display())


@admin.register(Occurrence)
class OccurrenceAdmin(OccurrenceAdminBase):
    """The dates that came: an edition made, skipped for want of articles, or missed. To read only."""

    list_display = ["newsletter", "nominal", "state", "reason", "due_at"]
    list_filter = ["newsletter", "state"]
    list_select_related = ["newsletter"]
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Occurrence | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Occurrence | None = None) -> bool:
        return False
