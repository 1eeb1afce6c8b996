"""A saved rule that says which people are meant."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.readable_slugs import ReadableSlugField


class Segment(models.Model):
    """`rule` is for `subscribers.segments`: {"all": [conditions and groups]}. Who is in it is asked anew each time."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = ReadableSlugField(_("address"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=400, blank=True)
    rule = models.JSONField(_("rule"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")

    def __str__(self) -> str:
        return self.name
