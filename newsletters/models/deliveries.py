"""The delivery ledger: chunks of recipients, what became of each one, and every answer a server gave."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition


class Outcome(models.TextChoices):
    """What became of a mail. Who waits or is being sent to has none yet: that follows from the chunk. What each means
    is said in newsletters.delivery.ledger.recipient_states."""

    ACCEPTED = "accepted", _("Accepted")
    DEFERRED = "deferred", _("Deferred")
    RETRYING = "retrying", _("Retrying")
    REJECTED = "rejected", _("Rejected")
    SKIPPED = "skipped", _("Skipped")
    CANCELLED = "cancelled", _("Cancelled")
    IN_DOUBT = "in_doubt", _("In doubt")


class Reported(models.TextChoices):
    """What came back about a mail after it was accepted. It only ever goes down this list, whatever comes first."""

    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("reported as spam")


COUNTED = tuple(Outcome)
"""Each has a counter in every chunk, by its value."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many of an edition's recipients are where; and why the skipped were, where it was asked."""

    candidates: int = 0
    waiting: int = 0
    handed_out: int = 0
    accepted: int = 0
    deferred: int = 0
    retrying: int = 0
    rejected: int = 0
    skipped: int = 0
    cancelled: int = 0
    in_doubt: int = 0
    set_aside: int = 0  # as `Edition.set_aside`
    skipped_reasons: dict[str, int] = field(default_factory=dict)

    @property
    def accounted_for(self) -> int:
        """What must equal `candidates`."""
        return sum(getattr(self, f.name) for f in fields(self) if f.name not in _NO_OUTCOMES)

    @property
    def of_recipients(self) -> Totals:
        """The same without those who were never due: what every page, report and line of the terminal counts.

        Skipped are readers of other topics, with a pause, or suppressed: no mail was to go to them, so that none is
        missing. Before their turn they are known by number only, and taken from those who wait or were cancelled.
        """
        coming = max(0, self.set_aside - self.skipped)
        of_waiting = min(coming, self.waiting)
        of_cancelled = min(coming - of_waiting, self.cancelled)
        return replace(
            self,
            candidates=self.candidates - self.skipped - of_waiting - of_cancelled,
            waiting=self.waiting - of_waiting,
            cancelled=self.cancelled - of_cancelled,
            skipped=0,
            set_aside=0,
            skipped_reasons={},
        )

    @property
    def never_due(self) -> int:
        """How many of the frozen audience stand aside."""
        return self.candidates - self.of_recipients.candidates

    @property
    def is_over(self) -> bool:
        """Nobody waits, is being sent to, or will be retried."""
        return not (self.waiting or self.handed_out or self.deferred or self.retrying)


class ChunkQuerySet(models.QuerySet["Chunk"]):
    def totals_by_edition(self, *, reasons: bool = False) -> dict[int, Totals]:
        """The sums of these chunks' counters, by edition, in one query. An edition without chunks is missing."""
        first, cancelled = Q(kind=Chunk.Kind.FIRST), Q(state=Chunk.State.CANCELLED)
        grouped = ["edition", "edition__candidates", "edition__set_aside", *(["skip_reasons"] if reasons else [])]
        rows: Any = (
            self.order_by()
            .values(*grouped)
            .annotate(
                all_handed_out=Sum(F("handed_to") - F("settled"), filter=first, default=0),
                all_waiting=Sum(F("n") - F("handed_to"), filter=first & ~cancelled, default=0),
                all_chunks=Count("pk"),
                **{f"all_{outcome.value}": Sum(outcome.value) for outcome in COUNTED},
            )
        )
        counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        skipped: defaultdict[int, Counter[str]] = defaultdict(Counter)
        frozen: dict[int, tuple[int, int]] = {}
        for row in rows.iterator(chunk_size=2000):
            edition = row["edition"]
            frozen[edition] = row["edition__candidates"], row["edition__set_aside"]
            counts[edition].update({name: row[f"all_{name}"] for name in _SUMMED})
            for reason, number in row.get("skip_reasons", {}).items():
                skipped[edition][reason] += number * row["all_chunks"]
        return {
            edition: Totals(
                candidates=candidates,
                set_aside=set_aside,
                skipped_reasons=dict(sorted(skipped[edition].items())),
                **counts[edition],
            )
            for edition, (candidates, set_aside) in frozen.items()
        }


_NO_OUTCOMES = frozenset({"candidates", "set_aside", "skipped_reasons"})
_SUMMED = ("waiting", "handed_out", *(outcome.value for outcome in COUNTED))


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
    group = models.CharField(max_length=253, blank=True)  # the throttled domain that all its members have, if any
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

    objects = ChunkQuerySet.as_manager()

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
            # Few have any; which ones is asked whenever the dashboard opens.
            models.Index(fields=["edition", "in_doubt"], name="chunks_in_doubt", condition=Q(in_doubt__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} chunk {self.seq} of edition {self.edition_id}"


class Delivery(models.Model):
    """One recipient of one edition. Written when settled; changes only along ledger.outcomes.ALLOWED.

    The subscriber is a number without a foreign key, so that the sums survive an erasure.

    The database does not check the edition and the chunk of each row, which cost PostgreSQL more than writing it: a row
    is written under the lock of its chunk, which has a checked edition (docs/decisions/0056).
    """

    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    subscriber_id = models.PositiveBigIntegerField()
    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False)
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
    # What the mail service calls it. NULL for SMTP: of a partial index, SQLite understands no other condition.
    provider_id = models.CharField(_("email service ID"), max_length=255, null=True, blank=True)  # noqa: DJ001

    # What was reported of it later, a `Reported`; NULL: nothing, as a relay over SMTP reports no delivery.
    reported = models.CharField(max_length=10, choices=Reported.choices, null=True, blank=True)  # noqa: DJ001

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "subscriber_id"], name="once_an_edition")]
        indexes = [
            models.Index(fields=["edition", "outcome", "id"], name="ledger_by_outcome"),
            models.Index(fields=["retry_at"], name="deferrals_due", condition=Q(outcome="deferred")),
            models.Index(fields=["subscriber_id"], name="mails_of_a_subscriber"),
            models.Index(fields=["provider_id"], name="mails_at_a_service", condition=Q(provider_id__isnull=False)),
            models.Index(fields=["edition", "reported"], name="mails_reported_on", condition=Q(reported__isnull=False)),
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

    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )  # as of a delivery
    subscriber_id = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reply = models.CharField(max_length=500, blank=True)  # the server's own words, never shown unescaped
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["edition", "subscriber_id"], name="attempts_at_a_mail")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reply}"
