"""What a form of the staff's said each time it was saved."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """A form as it was saved once: by itself, or by a button. What is written has a `revision` of its own, which counts
    its saves; the newest of its `revisions` may be a working copy, kept and not yet shown to readers."""

    number = models.PositiveIntegerField(_("revision"))
    fields = models.JSONField(_("fields"))  # [[name, value], ...] as the form sent them
    written_revision = models.PositiveIntegerField()  # of what is written itself, after this was saved
    is_applied = models.BooleanField(_("applied"))  # what is written says this itself; otherwise it's a working copy
    restored_from = models.PositiveIntegerField(null=True)  # by undo or redo: the number of the one that it repeats
    window = models.CharField(max_length=40)  # the page that it was typed in
    saved_by = models.CharField(_("saved by"), max_length=150, blank=True)  # outlives the user
    saved_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-number"]
