"""What all sending processes share: the guard in front of every claim."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class SendingGuard(models.Model):
    """One row: where this database lives, and the last fence that was given out.

    A fence is given out once: a claim of a chunk takes the next one. A machine that knows a higher one than the
    database has seen a future that a restored backup forgot; then `halted_why` is set, and nothing is sent until a
    person says that it may be.
    """

    installation = models.UUIDField(default=uuid.uuid4, editable=False)  # names its files in the journal folder
    fence = models.PositiveBigIntegerField(default=0)
    location = models.CharField(max_length=300, blank=True)  # see newsletters.delivery.engine.halting
    halted_why = models.CharField(max_length=300, blank=True)
    halted_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_guard")]

    def __str__(self) -> str:
        return self.halted_why or "sending is allowed"
