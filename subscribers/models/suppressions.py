"""Addresses that never get mail. Kept by keyed hash, so that an entry outlives the person's erasure."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.addresses import readable
from subscribers.models.indexes import BeginningIndex


class Suppression(models.Model):
    """One entry an address. Only subscribers.suppression writes here."""

    class Reason(models.TextChoices):
        STAFF = "staff", _("by staff")
        BOUNCE = "bounce", _("email to this address bounces")
        COMPLAINT = "complaint", _("reported as spam")
        ERASED = "erased", _("requested erasure")

    address_hash = models.CharField(max_length=64, unique=True)
    email = models.CharField(_("address"), max_length=254, blank=True)  # blank after an erasure
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["reason", "at"], name="suppressed_of_late"),
            BeginningIndex(fields=["email"], name="suppressed_by_address"),
        ]
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return readable(self.email) or self.address_hash[:12]
