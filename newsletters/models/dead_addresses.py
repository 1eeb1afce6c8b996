"""Recipients whose address a server says doesn't exist, and what became of them for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from newsletters.models.editions import Edition


class DeadAddress(models.Model):
    """A mail that was rejected since there is no such address. Whether that is believed is decided of all of an
    edition together: see newsletters.delivery.ledger.dead_addresses, which alone writes it."""

    class State(models.TextChoices):
        WAITING = "waiting"  # until enough is known of the others
        HELD = "held"  # so many at once are not believed: a person decides
        SUPPRESSED = "suppressed"
        KEPT = "kept"  # a person says that it is not dead

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="dead_addresses")
    subscriber_id = models.PositiveBigIntegerField()  # without a foreign key, as in the ledger
    address_hash = models.CharField(max_length=64)  # of the address then: someone with another by now is not suppressed
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.CharField(max_length=150, blank=True)  # by nobody: the share was as usual
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "subscriber_id"], name="dead_once_an_edition")]
        indexes = [
            models.Index(fields=["edition", "state"], name="dead_addresses_by_state"),
            models.Index(fields=["at"], name="dead_addresses_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, subscriber {self.subscriber_id}: {self.state}"
