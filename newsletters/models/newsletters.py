"""A publication: who sends it, how it looks, how often, what goes in. And the moments at which it was due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from newsletters.models.institute import IS_COLOUR, USUAL_COLOUR, Institute
from newsletters.models.pictures import Picture, ready
from subscribers.models import MailingList, Topic


class Newsletter(models.Model):
    class Cadence(models.TextChoices):
        NONE = "none", _("no schedule")
        WEEKLY = "weekly", _("weekly")
        MONTHLY = "monthly", _("monthly")

    class Mode(models.TextChoices):
        AUTOMATIC = "automatic", _("send automatically")
        DRAFT = "draft", _("create a draft for an editor")
        DROP = "drop", _("drop the draft, unless an editor has sent it or worked on it")

    class LeadRule(models.TextChoices):
        NEWEST = "newest", _("the newest article")
        MOST_READ = "most_read", _("the most read article")

    class Tracking(models.TextChoices):
        OFF = "off", _("don't count clicks and opens")
        ANONYMOUS = "anonymous", _("count clicks and opens without knowing whose they are")
        READER = "reader", _("count clicks and opens of each reader")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=400, blank=True)
    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.PROTECT, related_name="newsletters", verbose_name=_("mailing list")
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Of the words around the articles in its mails. Empty: the installation's own.
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="")

    from_name = models.CharField(_("sender name"), max_length=100)
    from_email = models.EmailField(_("sender address"), max_length=254)
    reply_to = models.EmailField(_("reply-to address"), max_length=254, blank=True)

    logo = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("logo")
    )
    # Without a logo or a colour of its own it wears the institute's: `shown_logo`, `shown_colour`.
    colour = models.CharField(_("colour"), max_length=7, blank=True, default="", validators=[IS_COLOUR])
    # A folder of templates/emails/designs/, or "own"; which there are, newsletters.rendering.designs knows.
    design = models.CharField(_("design"), max_length=40, default="headlines")
    font = models.CharField(_("font"), max_length=20, blank=True)
    background = models.CharField(_("background colour"), max_length=7, default="#EEF0F2", validators=[IS_COLOUR])
    own_mjml = models.TextField(_("your own MJML"), blank=True)
    footer = models.TextField(_("footer"), max_length=1000, blank=True)
    postal_address = models.TextField(
        _("postal address"), max_length=500, help_text=_("Required by law in many countries. Shown in every email.")
    )

    cadence = models.CharField(_("schedule"), max_length=10, choices=Cadence.choices, default=Cadence.NONE)
    # ISO weekdays, Monday 1 to Sunday 7.
    weekdays = models.JSONField(_("weekdays"), default=list, blank=True)
    day_of_month = models.PositiveSmallIntegerField(
        _("day of the month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("In shorter months, we use the last day."),
    )  # fmt: skip
    send_time = models.TimeField(_("time of day"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC", help_text=_("For example Europe/Berlin."))
    # ISO 3166: of these no edition comes by itself on a public holiday. Empty: holidays are days like others.
    holidays_country = models.CharField(
        _("skip the public holidays of"), max_length=2, blank=True, default="", db_default=""
    )
    holidays_region = models.CharField(
        _("region"), max_length=40, blank=True, default="", db_default="",
        help_text=_("For the holidays of one region, such as BY for Bavaria. Leave it empty for those of the country."),
    )  # fmt: skip
    # No occurrence before this moment counts, so that a new or changed cadence never makes up for the past.
    cadence_since = models.DateTimeField(null=True, blank=True, editable=False)
    mode = models.CharField(_("at the scheduled time"), max_length=10, choices=Mode.choices, default=Mode.DRAFT)

    draft_hours = models.PositiveSmallIntegerField(
        _("draft it ahead (hours)"), default=0, db_default=0, validators=[MaxValueValidator(168)],
        help_text=_(
            "So many hours before the scheduled time, we draft the edition and mail it to all who may send: to look "
            "at it, send it or skip it. 0 makes it at the scheduled time."
        ),
    )  # fmt: skip

    topics = models.ManyToManyField(
        Topic,
        blank=True,
        related_name="+",
        verbose_name=_("topics"),
        help_text=_("Choose none to include articles on all topics."),
    )
    at_most = models.PositiveSmallIntegerField(
        _("maximum articles"), default=10, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    at_least = models.PositiveSmallIntegerField(
        _("skip if fewer articles than"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    # What stands first where no article is pinned: newsletters.editions.choosing.
    lead_rule = models.CharField(
        _("lead"), max_length=10, choices=LeadRule.choices, default=LeadRule.NEWEST, db_default="newest"
    )
    # Leads the next edition of this newsletter by itself, whatever the rule says, if it is new then.
    pinned_article = models.ForeignKey(
        "newsletters.Article", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("pinned article"),
    )  # fmt: skip
    by_topic = models.BooleanField(_("group articles by topic"), default=False, db_default=False)
    # What may stand at the end of an edition: newsletters.editions.looking_back.
    with_most_read = models.BooleanField(_("add “Most read since last time”"), default=False, db_default=False)
    with_missed = models.BooleanField(_("add “In case you missed it”"), default=False, db_default=False)
    subject_template = models.CharField(
        _("subject of automatic editions"), max_length=200, default="{{ newsletter }}: {{ lead }}"
    )
    undo_send_seconds = models.PositiveSmallIntegerField(
        _("undo window (seconds)"), default=60, validators=[MaxValueValidator(3600)],
        help_text=_("How long we wait after Send before the first email goes out. 0 sends at once."),
    )  # fmt: skip
    lifetime_hours = models.PositiveSmallIntegerField(
        _("keep retrying for (hours)"), default=24, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    tracking = models.CharField(
        _("clicks and opens"),
        max_length=10,
        choices=Tracking.choices,
        default=Tracking.ANONYMOUS,
        db_default="anonymous",
    )
    # Added to its links; which fields it may have, newsletters.rendering.utm knows.
    utm = models.CharField(_("UTM parameters"), max_length=300, blank=True, db_default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [
            ("own_design_newsletter", "Can write MJML for a newsletter"),
            ("require_approval_newsletter", "Can change whether a newsletter requires approval"),
        ]
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A cadence counts from when it was set: a new or changed one never makes up for the past."""
        timing = ("cadence", "weekdays", "day_of_month", "send_time", "zone", "is_active")
        before = Newsletter.objects.filter(pk=self.pk).values(*timing).first() if self.pk else None
        if before is None or any(before[name] != getattr(self, name) for name in timing):
            self.cadence_since = timezone.now()
        super().save(*args, **kwargs)

    @cached_property
    def _institute(self) -> Institute:
        return Institute.current()

    @property
    def shown_logo(self) -> Picture | None:
        return ready(self.logo) or ready(self._institute.logo)

    @property
    def shown_colour(self) -> str:
        return self.colour or self._institute.accent or USUAL_COLOUR

    @property
    def needs_approval(self) -> bool:
        """It is the list that asks for a second person, so no newsletter made for it or moved to it goes round that."""
        return self.mailing_list.needs_approval


class Occurrence(models.Model):
    """A moment at which a newsletter was due, by its nominal local time. Outlives its edition: that is what makes
    one edition an occurrence true whatever is deleted, and however many beats run."""

    class State(models.TextChoices):
        MADE = "made", _("edition created")
        SKIPPED = "skipped", _("skipped")
        MISSED = "missed", _("missed")

    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="occurrences")
    nominal = models.CharField(_("local time"), max_length=16)  # 2026-03-29T07:00, wall time in the newsletter's zone
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # Of the edition that was drafted ahead, as it was made. None once it was skipped, or the date has come.
    draft_revision = models.PositiveIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "nominal"], name="one_edition_an_occurrence"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(draft_revision__isnull=False), name="dates_drafted_ahead"
            ),
        ]
        verbose_name = _("scheduled date")
        verbose_name_plural = _("scheduled dates")

    def __str__(self) -> str:
        return f"{self.newsletter_id} at {self.nominal}"

    @property
    def local(self) -> datetime:
        """`nominal` as a wall time, without a zone."""
        return datetime.fromisoformat(self.nominal)
