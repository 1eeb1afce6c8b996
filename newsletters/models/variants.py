"""What the mail says, rendered once for all readers who get the same articles."""

from __future__ import annotations

from django.db import models

from newsletters.models.editions import Edition


class Variant(models.Model):
    """Frozen when the edition starts; never changes. Number 0 is nobody's: it stands in a chunk for “no article of
    this edition is about what this reader follows”."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="variants")
    number = models.PositiveSmallIntegerField()
    article_ids = models.JSONField()  # in the order of the mail
    subject = models.CharField(max_length=300)
    html = models.TextField()  # with slots, see newsletters.rendering.slots
    text = models.TextField()
    slots = models.JSONField(default=list)  # what stands where a slot's number is: [field, fallback]
    content_hash = models.CharField(max_length=64)
    recipients = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="one_variant_a_number")]

    def __str__(self) -> str:
        return f"variant {self.number} of edition {self.edition_id}"

    @property
    def is_letter(self) -> bool:
        """Without articles: a digest could not hold it, so nobody waits for one."""
        return not self.article_ids
