"""The delivery ledger: chunks of recipients, what became of each one, and every answer a server gave."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition


class Chunk(models.Model):
    """About a thousand recipients that one process sends to. Claimed by compare-and-set with a fence.

    The members [0, handed_to) were handed out: each of them is settled (has a Delivery) or outstanding. The counters
    say how many Deliveries of this chunk have which outcome now, so that an edition's sums never need COUNT.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("first")
        RETRY = "retry", _("retry")

    class State(models.TextChoices):
        READY = "ready", _("ready")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.FIRST)
    group = models.CharField(max_length=253, blank=True)  # the paced domain that all its members have, if any
    wave = models.DateTimeField()  # not before this moment
    seq = models.PositiveIntegerField()
    members = models.BinaryField()  # see newsletters.delivery.ledger.members
    n = models.PositiveIntegerField()
    handed_to = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)  # how many of the handed out have a result; done at n
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    owner = models.CharField(max_length=120, blank=True)  # the name of its journal
    rate = models.FloatField(default=0)  # mails a second of its owner lately, for who watches
    fence = models.PositiveBigIntegerField(default=0)
    beat = models.PositiveBigIntegerField(default=0)
    heard_at = models.DateTimeField(null=True)  # of its owner, for who watches; leases are judged by `beat`

    accepted = models.PositiveIntegerField(default=0)
    deferred = models.PositiveIntegerField(default=0)
    retrying = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    skip_reasons = models.JSONField(default=dict)  # reason → how many, together `skipped`
    cancelled = models.PositiveIntegerField(default=0)
    in_doubt = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "kind", "seq"], name="one_chunk_a_number"),
            models.CheckConstraint(
                condition=Q(settled__lte=models.F("handed_to"), handed_to__lte=models.F("n")),
                name="settled_were_handed_out_were_members",
            ),
        ]
        indexes = [
            models.Index(fields=["wave", "id"], name="chunks_to_claim", condition=Q(state="ready")),
            models.Index(fields=["edition", "state"], name="chunks_of_edition"),
            # Few have any; which ones is asked at every look at the desk.
            models.Index(fields=["edition", "in_doubt"], name="chunks_in_doubt", condition=Q(in_doubt__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} chunk {self.seq} of edition {self.edition_id}"


class Outcome(models.TextChoices):
    """What became of a mail. “Waiting” and “handed out” have no row yet: they follow from the chunk."""

    ACCEPTED = "accepted", _("accepted by the mail server")
    DEFERRED = "deferred", _("put off, will be tried again")
    RETRYING = "retrying", _("being tried again")
    REJECTED = "rejected", _("refused")
    SKIPPED = "skipped", _("not sent")
    CANCELLED = "cancelled", _("called off")
    IN_DOUBT = "in_doubt", _("in doubt")


class Delivery(models.Model):
    """One recipient of one edition. Written when settled; changes only along ledger.outcomes.ALLOWED.

    The subscriber is a number without a foreign key, so that the sums survive an erasure.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    subscriber_id = models.PositiveBigIntegerField()
    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, related_name="deliveries")
    fence = models.PositiveBigIntegerField()
    variant = models.PositiveSmallIntegerField()
    outcome = models.CharField(_("what became of it"), max_length=10, choices=Outcome.choices)
    reason = models.CharField(_("why"), max_length=60, blank=True)
    smtp_code = models.PositiveSmallIntegerField(_("reply code"), null=True, blank=True)
    enhanced_status = models.CharField(_("enhanced status"), max_length=12, blank=True)  # RFC 3463
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    settled_at = models.DateTimeField(_("when"))
    reply = models.CharField(_("last reply"), max_length=500, blank=True)  # a server's own words, shown escaped

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "subscriber_id"], name="once_an_edition")]
        indexes = [
            models.Index(fields=["edition", "outcome", "id"], name="ledger_by_outcome"),
            models.Index(fields=["retry_at"], name="deferrals_due", condition=Q(outcome="deferred")),
            models.Index(fields=["subscriber_id"], name="mails_of_a_subscriber"),
        ]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"edition {self.edition_id} to subscriber {self.subscriber_id}: {self.outcome}"


class Attempt(models.Model):
    """What came of one attempt at a mail. Only ever added.

    A mail that was accepted at its first attempt has no row here: its delivery says all there is, and a million
    such rows would say it twice.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+")
    subscriber_id = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reply = models.CharField(max_length=500, blank=True)  # the server's own words, never shown unescaped
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["edition", "subscriber_id"], name="attempts_at_a_mail")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reply}"
