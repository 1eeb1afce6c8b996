"""That something changed which the public site shows. Written by the database's own triggers, by nothing else."""

from __future__ import annotations

from django.db import models


class SiteChange(models.Model):
    """A row a transaction that changed something; on SQLite only the newest is there.

    newsletters.site.change_triggers says what writes it, newsletters.site.version reads it.
    """

    id = models.BigAutoField(primary_key=True)

    def __str__(self) -> str:
        return str(self.pk)
