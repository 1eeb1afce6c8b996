"""A second person's word on an edition, for newsletters that ask for one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition


class ApprovalState(models.TextChoices):
    ASKED = "asked", _("requested")
    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("rejected")
    OVERTAKEN = "overtaken", _("outdated by a change")


class Approval(models.Model):
    """Asked for by one person and decided by another; only newsletters.editions.approving changes it.

    It is about one content: `content` is all of it, so that what was changed since can be named, and `fingerprint` says
    whether anything was.
    """

    State = ApprovalState

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="approvals")
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    fingerprint = models.CharField(max_length=64)
    content = models.JSONField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=150)  # outlives the user
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    told_at = models.DateTimeField(null=True)  # those who may approve got a mail

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition"], condition=Q(state="asked"), name="one_open_request_an_edition")
        ]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return f"edition {self.edition_id}: {self.state}"
