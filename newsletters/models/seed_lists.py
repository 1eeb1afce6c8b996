"""Addresses that a test goes to again and again: the newsroom's own, and one at each large mailbox provider."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SeedList(models.Model):
    """Nobody's consent is at stake here: these are the institute's own mailboxes, never readers."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    addresses = models.TextField(
        _("addresses"),
        max_length=8000,
        help_text=_("One per line, at most 20. Use your own mailboxes, never readers'."),
    )
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("seed list")
        verbose_name_plural = _("seed lists")

    def __str__(self) -> str:
        return self.name

    @property
    def all(self) -> list[str]:
        """The addresses, each once, in their order."""
        return list(dict.fromkeys(self.addresses.split()))
