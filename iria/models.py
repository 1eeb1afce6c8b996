"""What the roof itself keeps: of each member of the staff, how they want to be shown things."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaffProfile(models.Model):
    """Made when somebody first saves theirs; until then everything is as the institute has it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    zone = models.CharField(_("time zone"), max_length=64, blank=True)  # empty: the institute's

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user)
