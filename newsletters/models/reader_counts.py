"""What single readers did with editions, where their newsletter counts by reader."""

from __future__ import annotations

from django.db import models

from newsletters.models.editions import Edition
from newsletters.models.links import Agent


class ReaderCount(models.Model):
    """How often a reader opened an edition or clicked in it with one kind of program: a row however often it was.

    `rule` names the rule that calls the program a machine, and is empty for people; `rules` is the version of the
    rules. The subscriber is a number without a foreign key, as in the ledger; the database doesn't check the others
    either, since a batch writes tens of thousands.
    """

    OPEN, CLICK = "o", "c"

    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, related_name="reader_counts", db_constraint=False, db_index=False
    )
    subscriber_id = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=1, choices=[(OPEN, "open"), (CLICK, "click")])
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    rule = models.CharField(max_length=20, blank=True)
    rules = models.PositiveSmallIntegerField()
    times = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # Of clicks, a bit for each link by its number; those beyond the sixty-second share bit 0.
    links = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber_id", "edition", "kind", "agent", "rule"], name="one_count_a_reader"
            )
        ]
        # How many people clicked in an edition is counted in this index alone, also where millions opened it.
        indexes = [models.Index(fields=["edition", "kind", "rule", "subscriber_id"], name="readers_of_an_edition")]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, subscriber {self.subscriber_id}: {self.times} × {self.kind}"

    def add(self, other: ReaderCount) -> None:
        """Take in what another row says of the same reader, edition and program."""
        self.times += other.times
        self.first_at, self.last_at = min(self.first_at, other.first_at), max(self.last_at, other.last_at)
        self.links |= other.links
        self.save(update_fields=["times", "first_at", "last_at", "links"])


class Engagement(models.Model):
    """When a person opened and clicked last, and how often in the last 90 days; machines never count. Made of
    `ReaderCount`, for segments. Its times have no index: a segment reads all of it anyway, and each click of anybody
    would have to change the index."""

    subscriber_id = models.PositiveBigIntegerField(primary_key=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    opens = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"subscriber {self.subscriber_id}: {self.opens} opens, {self.clicks} clicks"
