"""A date of a newsletter's schedule that staff skipped, or moved to another time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.newsletters import Newsletter


class ScheduleChange(models.Model):
    """`day` is that of the rule, in the newsletter's zone; a day that the rule no longer has counts for nothing.
    Without `moved_to` it is skipped."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="schedule_changes")
    day = models.DateField(_("day"))
    moved_to = models.DateTimeField(_("moved to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["newsletter", "day"], name="one_change_a_date")]
        verbose_name = _("changed date")
        verbose_name_plural = _("changed dates")

    def __str__(self) -> str:
        return f"{self.day} of newsletter {self.newsletter_id}"
