"""How fast mail may leave."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RateLimit(models.Model):
    """At most so many mails a second, to one recipient domain or to all of them together.

    A token bucket that holds a second's worth: `tokens` is what was in it at `refilled_at`.
    """

    domain = models.CharField(
        _("recipient domain"), max_length=253, unique=True, blank=True,
        help_text=_("For example gmail.com. Leave it empty to limit all mail together."),
    )  # fmt: skip
    per_second = models.FloatField(_("emails per second"), validators=[MinValueValidator(0.01)])
    tokens = models.FloatField(default=0, editable=False)
    refilled_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["domain"]
        constraints = [models.CheckConstraint(condition=Q(per_second__gt=0), name="a_rate_limit_lets_mail_through")]
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")

    def __str__(self) -> str:
        return f"{self.domain or _('all mail')}: {self.per_second:g}/s"
