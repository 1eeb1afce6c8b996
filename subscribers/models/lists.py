"""What a person consents to (a mailing list), what they want to read about in it (topics), and the two together."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.readable_slugs import ReadableSlugField, path_of
from subscribers.languages import localised
from subscribers.models.people import Subscriber


class Topic(models.Model):
    """What an article is filed under and a reader follows, for example “Middle East”."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = ReadableSlugField(_("address"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return localised(f"/topics/{path_of(self.slug)}/")


class OptIn(models.TextChoices):
    """What makes a sign-up count: a button in a mail to the address, or the form alone."""

    DOUBLE = "double", _("double: people confirm by email")
    SINGLE = "single", _("single: the form is enough")


class MailingList(models.Model):
    """What a person consents to. It has a List-Id (RFC 2919) and its confirmation mails come from its own address."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    description = models.CharField(
        _("description"), max_length=400, blank=True, help_text=_("What readers get and how often, in one sentence.")
    )
    from_name = models.CharField(_("sender name"), max_length=100, blank=True)
    from_email = models.EmailField(_("sender address"), max_length=254, blank=True)
    postal_address = models.TextField(_("postal address"), max_length=500, blank=True)
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="lists", verbose_name=_("topics"),
        help_text=_("Topics that readers of this list can choose from."),
    )  # fmt: skip
    # What protects readers belongs to what they read: whatever newsletter mails this list, one person is not enough.
    needs_approval = models.BooleanField(_("require approval"), default=False)
    is_public = models.BooleanField(_("offered in the sign-up form"), default=True)
    opt_in = models.CharField(
        _("opt-in"), max_length=10, choices=OptIn.choices, default=OptIn.DOUBLE, db_default=OptIn.DOUBLE
    )
    # Staff approve each request, after the owner of the mailbox confirmed it.
    is_moderated = models.BooleanField(_("staff approve each sign-up"), default=False, db_default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("mailing list")
        verbose_name_plural = _("mailing lists")
        permissions = [("choose_single_opt_in", "Can let people subscribe without confirming by email")]

    def __str__(self) -> str:
        return self.name


class TopicSelection(models.Model):
    """A distinct set of topics. Subscriptions share it, so that an audience is read from one table.

    There are as many rows as different choices that readers made, not as many as readers: a million readers cost the
    freezing of an edition one scan, and a variant is worked out once for a choice. A row never changes; changing
    one's topics points the subscription at another row.
    """

    fingerprint = models.CharField(max_length=32, unique=True, editable=False)
    topics = models.ManyToManyField(Topic, related_name="selections")

    class Meta:
        verbose_name = _("choice of topics")
        verbose_name_plural = _("choices of topics")

    def __str__(self) -> str:
        return ", ".join(topic.name for topic in self.topics.all())

    @classmethod
    def of(cls, topics: Iterable[Topic]) -> TopicSelection | None:
        """The row for this set; None stands for no choice, which means every topic."""
        ids = sorted({topic.pk for topic in topics})
        if not ids:
            return None
        fingerprint = blake2b(",".join(map(str, ids)).encode(), digest_size=16).hexdigest()
        selection, created = cls.objects.get_or_create(fingerprint=fingerprint)
        if created:
            selection.topics.set(ids)
        return selection


class SubscriptionStatus(models.TextChoices):
    """The stored words are those of the first version; what pages say is the label."""

    PENDING = "pending", _("waiting for confirmation")
    HELD = "held", _("waiting for approval")
    CONFIRMED = "confirmed", _("confirmed")
    UNSUBSCRIBED = "left", _("unsubscribed")


class Frequency(models.TextChoices):
    """How often a reader wants mail from a list: each edition as it goes out, or a digest of those in between."""

    EACH = "each", _("each edition")
    DAILY = "daily", _("daily")
    WEEKLY = "weekly", _("weekly")
    MONTHLY = "monthly", _("monthly")


DIGESTS = (Frequency.DAILY.value, Frequency.WEEKLY.value, Frequency.MONTHLY.value)  # the most frequent first


class Subscription(models.Model):
    """One person on one list. Only signup/ and preferences/ change its status."""

    Status = SubscriptionStatus

    # `one_subscription_a_list` and `audience_in_order` begin with them: indexes of their own would only be written.
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("mailing list"),
        db_index=False,
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=10, choices=SubscriptionStatus.choices, default=SubscriptionStatus.PENDING
    )
    # None: every topic. PROTECT, because a topic's removal must not silently turn a choice into “everything”.
    selection = models.ForeignKey(TopicSelection, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(_("requested"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True, blank=True)
    # Where the reader came from, as the link to the form said it (`subscribers.signup.origins`).
    origin = models.CharField(_("source"), max_length=60, blank=True, db_default="")
    frequency = models.CharField(
        _("how often"), max_length=8, choices=Frequency.choices, default=Frequency.EACH, db_default=Frequency.EACH
    )
    # When the frequency was last chosen. None: nobody ever chose one, or each edition comes again and no digest is owed
    # any more. A column of its own, because of a partial index SQLite understands no other condition than IS NOT NULL.
    frequency_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When a reminder to confirm is due; None: no reminder, or no longer.
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "mailing_list"], name="one_subscription_a_list"),
            models.CheckConstraint(
                condition=~models.Q(status="confirmed") | models.Q(confirmed_at__isnull=False),
                name="confirmed_subscription_says_when",
            ),
        ]
        indexes = [
            # The audience of an edition is one scan of this index, in the order of the chunks.
            models.Index(fields=["mailing_list", "status", "subscriber"], name="audience_in_order"),
            # What nobody ever confirmed is deleted after some weeks.
            models.Index(
                fields=["requested_at"],
                name="never_confirmed",
                condition=models.Q(status="pending", confirmed_at__isnull=True),
            ),
            models.Index(fields=["remind_at"], name="to_be_reminded", condition=models.Q(remind_at__isnull=False)),
            models.Index(fields=["requested_at"], name="sign_ups_to_approve", condition=models.Q(status="held")),
            # The few who get digests, or are owed one.
            models.Index(
                fields=["mailing_list", "frequency", "subscriber"],
                name="readers_of_digests",
                condition=models.Q(frequency_set_at__isnull=False),
            ),
            # How many an edition would reach is counted in this index alone.
            models.Index(fields=["mailing_list", "status", "selection"], name="audience_by_choice"),
        ]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return f"{self.subscriber_id} on {self.mailing_list_id}: {self.status}"

    def topic_list(self) -> list[Topic]:
        """The chosen topics; empty when everything is wanted."""
        return list(self.selection.topics.all()) if self.selection else []


class JoinRequest(Subscription):
    """A confirmed sign-up for a moderated list, as the staff's queue shows it."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
