"""What is known of a draft before it goes out: looks at the world outside, and findings that an owner overrode."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition


class Inspection(models.Model):
    """The last look at what an edition's mail depends on outside: its links, its sender's domain, a spam filter.

    Asked for on a page, made by a task, and read by preflight; `fingerprint` says which content was looked at.
    """

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="inspection")
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    links = models.JSONField(default=dict)  # address → what lib.fetching.Probe says of it
    domain = models.JSONField(default=dict)  # see newsletters.editions.preflight.domains
    spam = models.JSONField(default=dict)  # see newsletters.editions.preflight.spam

    def __str__(self) -> str:
        return f"inspection of edition {self.edition_id}"


class PreflightOverride(models.Model):
    """An owner's word that an edition may go out although something blocks it, and why. Only ever added; it holds for
    this content and these findings alone."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="overrides")
    fingerprint = models.CharField(max_length=64)
    codes = models.JSONField()  # of the findings that blocked
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)  # outlives the user
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by_name}: {self.reason}"
