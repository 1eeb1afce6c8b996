"""What comes back after mails have left: as it came, and what it said of one recipient."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.addresses import readable
from newsletters.models.editions import Edition


class RawEvent(models.Model):
    """A mail to a return path, or a call of a mail service, as it came. Kept once, and for some weeks, so that a
    better rule can read it again. Only newsletters.events.receiving writes here."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not read yet")
        DONE = "done", _("read")
        FAILED = "failed", _("could not be processed")

    source = models.CharField(_("source"), max_length=20)  # “mail”, or a service's name in anymail: “postmark”
    digest = models.CharField(max_length=64)  # of the body: the same again is the same event
    body = models.BinaryField()  # deflated
    size = models.PositiveIntegerField(_("size"))  # octets, before
    content_type = models.CharField(max_length=200, blank=True)  # of a call; a mail says it itself
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()  # when it is read, or tried again
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)  # of the last attempt
    rules = models.PositiveSmallIntegerField(default=0)  # the version of those that it was read by
    kind = models.CharField(_("kind"), max_length=12, blank=True)  # what it was taken for

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="raw_event_once")]
        indexes = [
            models.Index(fields=["due_at"], name="raw_events_waiting", condition=Q(state="waiting")),
            models.Index(fields=["received_at"], name="raw_events_by_age"),
        ]
        verbose_name = _("received email or event")
        verbose_name_plural = _("received emails and events")

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"


class Feedback(models.Model):
    """What came back about one mail to one recipient, and what was done about it. Unlike `RawEvent` it is kept, since
    an address stays suppressed because of it. Written by newsletters.events.feedback, and by the ledger for what
    a server says while we send (`newsletters.delivery.ledger.dialogue_bounces`)."""

    class Kind(models.TextChoices):
        """From the mildest; a report that is wrong about a mail errs to this side."""

        SOFT = "soft", _("not delivered this time")
        FULL = "full", _("mailbox full")
        POLICY = "policy", _("rejected as spam or by policy")
        HARD = "hard", _("no such address")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed by email")
        COMPLAINT = "complaint", _("reported as spam")

    class Effect(models.TextChoices):
        WAITING = "waiting", _("about to take effect")
        NONE = "", _("noted")
        COUNTED = "counted", _("counted")
        SUPPRESSED = "suppressed", _("address suppressed")
        HELD = "held", _("held for a decision")
        UNBELIEVED = "unlikely", _("not believed, since too many bounced")
        STOPPED = "stopped", _("domain stopped for this edition")
        LEFT = "left", _("unsubscribed")
        FAILED = "failed", _("could not take effect")

    source = models.CharField(_("source"), max_length=20)  # as of the raw event; “smtp” where a server said it to us
    key = models.CharField(max_length=64)  # one event of that source has it, however often it is told
    raw = models.ForeignKey(
        RawEvent, on_delete=models.SET_NULL, null=True, related_name="feedback", verbose_name=_("as it came")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, null=True, related_name="feedback", verbose_name=_("edition"), db_index=False
    )
    # Numbers without foreign keys, as in the ledger; the message is one of the outbox, which forgets earlier.
    subscriber_id = models.PositiveBigIntegerField(_("subscriber"), null=True)
    message_id = models.PositiveBigIntegerField(_("message"), null=True)
    address = models.CharField(_("address"), max_length=254, blank=True)  # that the mail went to; blank once erased
    address_hash = models.CharField(max_length=64, blank=True)
    domain = models.CharField(_("domain"), max_length=253, blank=True)  # of the address
    status = models.CharField(_("status"), max_length=12, blank=True)  # RFC 3463
    rule = models.CharField(_("rule"), max_length=80, blank=True)  # that decided the kind
    rules = models.PositiveSmallIntegerField(default=0)  # their version
    words = models.CharField(_("in the server's words"), max_length=500, blank=True)
    at = models.DateTimeField(_("when"))  # of the event, as far as it says
    effect = models.CharField(_("what was done"), max_length=10, choices=Effect.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)  # to let it take effect that failed
    due_at = models.DateTimeField(null=True)  # when it is tried again
    error = models.CharField(_("error"), max_length=500, blank=True, db_default="")  # of the last attempt
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)
    undone_note = models.CharField(_("why it was undone"), max_length=500, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="feedback_once")]
        indexes = [
            models.Index(fields=["edition", "kind", "domain"], name="feedback_of_an_edition"),
            # All that reports ask of it: eleven editions have tens of thousands of rows.
            models.Index(
                fields=["edition", "kind", "at", "subscriber_id", "source", "undone_at"], name="feedback_for_reports"
            ),
            models.Index(fields=["address_hash", "at"], name="feedback_of_an_address"),
            models.Index(fields=["subscriber_id"], name="feedback_of_a_subscriber"),
            models.Index(fields=["at"], name="feedback_by_time"),
            models.Index(fields=["id"], name="feedback_waiting", condition=Q(effect="waiting")),
        ]
        verbose_name = _("bounce or complaint")
        verbose_name_plural = _("bounces and complaints")

    def __str__(self) -> str:
        return f"{readable(self.address) or self.subscriber_id}: {self.get_kind_display()}"


class StoppedDomain(models.Model):
    """The rest of an edition is not sent to a domain that refuses it for what we are or send, until a person says so.
    Only newsletters.delivery.limits.stopped_domains writes here."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="stopped_domains")
    domain = models.CharField(max_length=253)
    words = models.CharField(max_length=500)  # of a server there
    at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "domain"], name="domain_stopped_once")]

    def __str__(self) -> str:
        return f"edition {self.edition_id}: {self.domain}"


class PolledMailbox(models.Model):
    """How far a mailbox was looked through. Only newsletters.events.mailboxes writes here."""

    key = models.CharField(max_length=64, unique=True)  # a digest of where it is
    uid_validity = models.PositiveBigIntegerField(default=0)  # RFC 9051 §2.3.1.1: another one, and all UIDs are new
    last_uid = models.PositiveBigIntegerField(default=0)
    looked_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True)  # why the last look failed

    def __str__(self) -> str:
        return f"mailbox {self.key[:8]}"
