"""Mails to one person that must go out at once, also when the broker was down at that moment: a row first."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.people import Subscriber


class OutboxMail(models.Model):
    """A confirmation, a welcome: written in the transaction that made it due, sent by subscribers.outbox.

    At least once: a crash between the server's answer and the commit sends it again (for one mail to one person who
    just asked for it, two are better than none).
    """

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        REMINDER = "reminder", _("reminder")
        WELCOME = "welcome", _("welcome")
        PREFERENCES_LINK = "preferences_link", _("link to the preferences")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused for good")
        DROPPED = "dropped", _("no longer wanted")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="outbox")
    # Numbers and slugs only: what the mail says is looked up when it is sent.
    context = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reply = models.CharField(_("last answer"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="outbox_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["subscriber", "kind", "created_at"], name="outbox_per_person"),
        ]
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"
