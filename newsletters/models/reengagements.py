"""One last question to readers who went quiet: which edition asks it, and what becomes of those who don't react."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition
from subscribers.models import BulkJob, Segment


class Reengagement(models.Model):
    """newsletters.reports.reengaging alone changes it. `found` is how many hadn't reacted when the days were over."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="reengagement")
    silent = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+")
    days = models.PositiveSmallIntegerField(_("days to react"))
    unsubscribes = models.BooleanField(_("unsubscribes by itself"), default=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    job = models.ForeignKey(BulkJob, on_delete=models.SET_NULL, null=True, related_name="+")
    found = models.PositiveIntegerField(null=True)
    over_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(days__gte=1, days__lte=365), name="days_to_react_are_a_few")
        ]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, {self.days} days"
