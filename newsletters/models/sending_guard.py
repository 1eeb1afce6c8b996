"""What all sending processes share: the guard in front of every claim, and the paces that mail leaves at."""

from __future__ import annotations

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SendingGuard(models.Model):
    """One row: where this database lives, and the last fence that was given out.

    A fence is given out once: a claim of a chunk takes the next one. Whoever knows a higher one than the database
    does has seen a future that a restored backup forgot; then `halted_why` is set, and nothing is sent until a person
    says that it may be.
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


class Pace(models.Model):
    """At most so many mails a second, to one recipient domain or to all of them together.

    A token bucket that holds a second's worth: `tokens` is what was in it at `refilled_at`.
    """

    domain = models.CharField(
        _("recipient domain"), max_length=253, unique=True, blank=True,
        help_text=_("For example gmail.com. Empty: all mail together, whoever it goes to."),
    )  # fmt: skip
    per_second = models.FloatField(_("mails a second at most"), validators=[MinValueValidator(0.01)])
    tokens = models.FloatField(default=0, editable=False)
    refilled_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["domain"]
        constraints = [models.CheckConstraint(condition=Q(per_second__gt=0), name="a_pace_moves")]
        verbose_name = _("pace")
        verbose_name_plural = _("paces")

    def __str__(self) -> str:
        return f"{self.domain or _('all mail')}: {self.per_second:g}/s"
