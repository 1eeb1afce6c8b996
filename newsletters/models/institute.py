"""Who publishes: one row, shown on every page and in the feed, edited in the admin."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Institute(models.Model):
    """There is one institute an installation; the database refuses a second row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=80, default="Iria")
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    description = models.TextField(
        _("description"), max_length=1000, blank=True, help_text=_("Shown at the bottom of every page.")
    )
    contact_email = models.EmailField(_("contact address"), max_length=254, blank=True)
    copyright_line = models.CharField(_("copyright line"), max_length=200, blank=True)
    comments_days = models.PositiveSmallIntegerField(
        _("close comments after (days)"), default=30, null=True, blank=True, validators=[MaxValueValidator(3650)],
        help_text=_("Counted from publication. Leave it empty to keep comments open; 0 turns comments off."),
    )  # fmt: skip
    comments_email = models.EmailField(
        _("address for comment notices"), max_length=254, blank=True,
        help_text=_("Gets an email when comments are waiting. If empty, we use the contact address."),
    )  # fmt: skip
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_institute")]
        verbose_name = _("institute")
        verbose_name_plural = _("institute")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> Institute:
        """The institute; before anybody has filled it in, an unsaved one with the defaults."""
        return cls.objects.first() or cls()
