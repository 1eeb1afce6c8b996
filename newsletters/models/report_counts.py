"""Sums that reports read instead of the rows they were made of, and the private links by which a report is shared."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.editions import Edition
from subscribers.models import MailingList


class EditionHour(models.Model):
    """What came of an edition within an hour, all its links and programs together: the sum of the counts by link.

    Changes in the transaction that changes those. Eleven editions are compared for each report, and of a large one
    there are tens of thousands of counts by link and program, but 168 of these a week.
    """

    class Kind(models.TextChoices):
        CLICK = "click", _("click")
        OPEN = "open", _("open")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="hours", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    hour = models.DateTimeField()
    people = models.PositiveBigIntegerField(default=0)
    machines = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "kind", "hour"], name="one_sum_an_hour")]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, {self.kind}, {self.hour}: {self.people} + {self.machines}"


class EditionAge(models.Model):
    """What was known of an edition when it was so old, for those that come after: see newsletters.reports.ages."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="ages", db_index=False)
    age = models.PositiveIntegerField()  # seconds since it began
    delivered = models.PositiveIntegerField()  # as reported until then
    clickers = models.PositiveIntegerField(null=True)  # readers; NULL where nobody is told apart

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["edition", "age"], name="once_an_age")]

    def __str__(self) -> str:
        return f"edition {self.edition_id} after {self.age} s: {self.delivered} delivered, {self.clickers} clicked"


class RecipientGroups(models.Model):
    """The recipients of an edition by the provider of their mailbox and by their language, with what became of their
    mail. Counted once, when sending is over: `{"provider": {"gmail": {"accepted": 7, "rejected": 1}}, …}`."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="recipient_groups")
    groups = models.JSONField(default=dict)
    counted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"edition {self.edition_id}"


class ListFigures(models.Model):
    """What takes long to count of a mailing list, as it was at `counted_at`: see newsletters.reports.list_figures."""

    mailing_list = models.OneToOneField(MailingList, on_delete=models.CASCADE, related_name="+")
    figures = models.JSONField(default=dict)
    counted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"list {self.mailing_list_id} at {self.counted_at}"


class SharedReportQuerySet(models.QuerySet["SharedReport"]):
    def that_open(self) -> SharedReportQuerySet:
        """Neither expired nor revoked."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


class SharedReport(models.Model):
    """A private link to the report of an edition. Its address is a token of this row's id, so that it opens nothing
    once the row says so."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="shared_reports")
    created_by = models.CharField(_("created by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=150, blank=True)

    objects = SharedReportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="a_shared_report_expires_later"
            )
        ]

    def __str__(self) -> str:
        return f"report of edition {self.edition_id} until {self.expires_at}"
