"""Messages: transactional mails to one person. A row first, so that they go out although everything else was down."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """Written in the transaction that made it due, sent by `mail.outbox.sending`.

    At least once: a crash between the server's answer and the commit sends it again (for one mail to one person who
    just asked for it, two are better than none). What it says is looked up when it is sent: see `mail.outbox.kinds`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("accepted")
        FAILED = "failed", _("rejected")
        DROPPED = "dropped", _("no longer needed")

    kind = models.CharField(_("kind"), max_length=40)  # the name of a `MessageKind`
    address = models.EmailField(_("address"), max_length=254)
    # What the address most likely reaches (`lib.addresses.canonical_mailbox`), for limits: many spellings are one box.
    mailbox = models.CharField(max_length=254, blank=True, db_default="", editable=False)
    # Whose message it is, if a subscriber's: a number without a foreign key, since this floor knows no people.
    subscriber_id = models.PositiveBigIntegerField(_("subscriber"), null=True, blank=True)
    context = models.JSONField(default=dict)  # of the kind's dataclass; numbers and short codes only
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(_("due"))
    # Since it was claimed: the server may have taken it. No longer once it is known that it did not.
    may_be_taken = models.BooleanField(default=False, db_default=False, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reply = models.CharField(_("last reply"), max_length=500, blank=True)
    # What the mail service calls it. NULL for SMTP: of a partial index, SQLite understands no other condition.
    provider_id = models.CharField(_("email service ID"), max_length=255, null=True, blank=True)  # noqa: DJ001
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="messages_waiting", condition=Q(state="waiting")),
            models.Index(fields=["subscriber_id", "kind", "created_at"], name="messages_of_a_subscriber"),
            models.Index(fields=["mailbox", "kind", "created_at"], name="messages_to_a_mailbox"),
            models.Index(fields=["address"], name="messages_to_an_address"),
            models.Index(fields=["provider_id"], name="messages_at_a_service", condition=Q(provider_id__isnull=False)),
        ]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class RouteRate(models.Model):
    """How fast a mail server or service lets us send, as far as it ever said that we are too fast.

    One row a route, shared by every process that sends by it; see `mail.route_rates`, which alone writes it. Times are
    of time.time(), in seconds.
    """

    route = models.CharField(max_length=64, unique=True)  # a digest of how the server is reached
    per_second = models.FloatField()
    next_turn = models.FloatField(default=0)  # when the next mail may begin
    known = models.FloatField(default=0)  # what it took a second when it last said so
    window_at = models.FloatField(default=0)  # since when is counted:
    taken = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    share = models.FloatField(default=0)  # see `mail.adaptive_rate`, here and below
    high_rate = models.FloatField(default=0)
    high_share = models.FloatField(default=0)
    usual = models.FloatField(default=0)
    calm = models.PositiveSmallIntegerField(default=0)
    unrefused = models.FloatField(default=0)
    is_found = models.BooleanField(default=False)
    refused_at = models.DateTimeField()  # the last time
    words = models.CharField(max_length=500)  # its own, of that time

    def __str__(self) -> str:
        return f"{self.per_second:g}/s: {self.words}"
