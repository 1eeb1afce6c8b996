"""The tokens by which programs of the staff read the API: each acts with the rights of the person who made it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def that_work(self) -> ApiTokenQuerySet:
        """Neither expired nor revoked, of somebody who still works here."""
        return self.filter(
            revoked_at__isnull=True, expires_at__gt=timezone.now(), user__is_active=True, user__is_staff=True
        )


class ApiToken(models.Model):
    """The token itself was shown once and isn't kept: `digest` is its keyed hash (newsletters.api.tokens)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("works until"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=150, blank=True)
    # Of the form that asked for it: sent twice, it makes one. NULL where it was made otherwise.
    idempotency_key = models.CharField(max_length=32, null=True, editable=False)  # noqa: DJ001 - of many, none is equal

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="one_api_token_a_form"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="an_api_token_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name
