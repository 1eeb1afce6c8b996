"""Digests: which were made for which window of time, and which articles a reader had in one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article
from newsletters.models.editions import Edition
from subscribers.models import Frequency, MailingList


class DigestRun(models.Model):
    """A window [starts_at, ends_at) of a list for those who chose that frequency. One row a window, however many beats
    run. Without an edition: nobody lacked anything."""

    mailing_list = models.ForeignKey(MailingList, on_delete=models.CASCADE, related_name="+")
    frequency = models.CharField(max_length=8, choices=Frequency.choices)
    zone = models.CharField(max_length=64, blank=True)  # of these readers; empty: the institute's
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    edition = models.OneToOneField(
        Edition, on_delete=models.SET_NULL, null=True, blank=True, related_name="digest_run"
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailing_list", "frequency", "zone", "ends_at"], name="one_digest_a_window"
            )
        ]  # fmt: skip
        verbose_name = _("digest")
        verbose_name_plural = _("digests")

    def __str__(self) -> str:
        return f"{self.frequency} digest of list {self.mailing_list_id} until {self.ends_at:%Y-%m-%d %H:%M}"


class DigestArticle(models.Model):
    """An article that a reader had in a digest, or is about to: never in another one. What readers had in ordinary
    editions has no rows here: the ledger and the variants say it.

    The subscriber is a number without a foreign key, as in the ledger.
    """

    subscriber_id = models.PositiveBigIntegerField()
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+", db_index=False)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber_id", "article"], name="an_article_once_in_digests")
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"article {self.article_id} for subscriber {self.subscriber_id}"
