"""The links of an edition whose clicks are counted, and how often they were followed. No person stands in any of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article
from newsletters.models.editions import Edition


class CountedLink(models.Model):
    """Where a counted link of an edition leads. Made when the edition begins; its mails say the number alone, so that
    a wrong address can be mended after they were sent."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()  # in the order of the mail, from 1
    url = models.TextField(_("address"))
    # What it leads to, where that is an article of ours: for segments of those who read about something.
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The sums of its `clicks`, by people and by machines; they change in the transaction that changes those.
    people = models.PositiveBigIntegerField(default=0, db_default=0)
    machines = models.PositiveBigIntegerField(default=0, db_default=0)
    # Added to the address when somebody is led there, wherever it leads by then: UTM parameters, percent-encoded.
    utm = models.TextField(blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="one_link_a_number")]
        ordering = ["edition", "number"]

    def __str__(self) -> str:
        return f"link {self.number} of edition {self.edition_id}"


class MendedLink(models.Model):
    """A change of where a counted link leads, made by somebody of the staff after the edition began."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="mended_links")
    number = models.PositiveSmallIntegerField()  # of its `CountedLink`
    before = models.TextField()
    after = models.TextField()
    by = models.CharField(max_length=150)  # a name, which outlives the account
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"link {self.number} of edition {self.edition_id}: {self.before} → {self.after}"


def mailed_url() -> Coalesce:
    """Of a `CountedLink`: where it led when the mails were sent, whatever was mended since."""
    mended = MendedLink.objects.filter(edition=OuterRef("edition"), number=OuterRef("number")).order_by("pk")
    return Coalesce(Subquery(mended.values("before")[:1]), "url")


class Agent(models.Model):
    """A program that followed links, as it named itself (User-Agent, RFC 9110 §10.1.5). Kept, so that a better rule
    can judge what was counted before."""

    name = models.CharField(max_length=300, unique=True)

    def __str__(self) -> str:
        return self.name


class ClickCount(models.Model):
    """How often a link was followed within an hour, by one kind of program. `rule` names the rule that calls it a
    machine, and is empty for people; `rules` is the version of the rules."""

    link = models.ForeignKey(CountedLink, on_delete=models.CASCADE, related_name="clicks")
    hour = models.DateTimeField()
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=8)
    rule = models.CharField(max_length=20, blank=True)
    rules = models.PositiveSmallIntegerField()
    clicks = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "hour", "agent", "method", "rule"], name="one_count_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.clicks} × {self.link_id}"


class OpenCount(models.Model):
    """How often the picture of an edition was loaded within an hour, by one kind of program; as `ClickCount`."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="opens", db_index=False)
    hour = models.DateTimeField()
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=8)
    rule = models.CharField(max_length=20, blank=True)
    rules = models.PositiveSmallIntegerField()
    opens = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "hour", "agent", "method", "rule"], name="one_open_count_an_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.opens} × {self.edition_id}"


class RolledUpCounts(models.Model):
    """The old counts of this edition by hour and program are rolled up: newsletters.events.clicks.rolling_up."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="rolled_up_counts")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"edition {self.edition_id} at {self.at}"


class CountedFolderQuerySet(models.QuerySet["CountedFolder"]):
    def behind(self, moment: datetime) -> CountedFolderQuerySet:
        """Those of machines that haven't counted everything before that moment. One that has said nothing for two days
        is taken for gone."""
        return self.filter(counted_to__lt=moment, counted_to__gt=timezone.now() - timedelta(days=2)).order_by("name")


class CountedFolder(models.Model):
    """Up to when the clicks in a machine's folder of spools are counted: newsletters.events.clicks.counted_folders."""

    name = models.CharField(max_length=80, unique=True)
    counted_to = models.DateTimeField()

    objects = CountedFolderQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} until {self.counted_to}"


class ClickSpool(models.Model):
    """How far a spool file of clicks is counted. Changes in the transaction that counts, so each click counts once."""

    name = models.CharField(max_length=100, unique=True)
    offset = models.PositiveBigIntegerField(default=0)  # bytes

    def __str__(self) -> str:
        return self.name
