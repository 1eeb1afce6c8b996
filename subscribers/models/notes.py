"""What staff write down about a person."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models.people import Subscriber


class PersonNote(models.Model):
    """Only ever added. The person may ask for it (GDPR Art. 15), and it goes with them."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=2000)
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("note about a person")
        verbose_name_plural = _("notes about people")

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:40]}"
