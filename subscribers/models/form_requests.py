"""What somebody asked for with a public form, until a worker takes it in. Only subscribers.intake writes here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FormRequest(models.Model):
    """One row a valid request, whatever is known of the address; deleted by the transaction that takes it in."""

    class Kind(models.TextChoices):
        SUBSCRIBE = "subscribe", _("sign-up")
        PREFERENCES_LINK = "link", _("link to the preferences")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    email = models.CharField(max_length=254)  # as `lib.addresses.normalise` gives it
    name = models.CharField(max_length=100, blank=True)
    lists = models.JSONField(default=list)  # of ids
    topics = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)
    page = models.CharField(max_length=500, blank=True)
    origin = models.CharField(max_length=60, blank=True, db_default="")
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
