"""One mailing of a newsletter, and the articles chosen for it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article
from newsletters.models.newsletters import Newsletter, Occurrence
from newsletters.models.pictures import Picture
from subscribers.languages import localised
from subscribers.models import Frequency


class EditionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    QUEUED = "queued", _("queued")  # the press of Send: content is fixed; due now or at send_at
    SENDING = "sending", _("sending")
    PAUSED = "paused", _("paused")
    SENT = "sent", _("sent")
    CANCELLED = "cancelled", _("cancelled")


class EditionQuerySet(models.QuerySet["Edition"]):
    def readable(self) -> EditionQuerySet:
        """What links in mails lead to: also an edition that was cancelled when some had it already."""
        return self.filter(frozen_at__isnull=False)

    def to_choose_from(self) -> EditionQuerySet:
        """With what names them, and without their content, which may be large."""
        named = ("newsletter__name", "number", "digest", "status", "subject")
        return self.select_related("newsletter").only("newsletter", *named)

    def to_begin(self, now: datetime) -> EditionQuerySet:
        """Queued, due, and not held back any more; the last by the database's clock, which is one for all hosts."""
        due = self.filter(status=EditionStatus.QUEUED, send_at__lte=now)
        return due.filter(Q(held_until__isnull=True) | Q(held_until__lte=Now()))

    def that_count_as_sent(self) -> EditionQuerySet:
        """Those whose articles readers have or will have: all but those cancelled before anybody had them."""
        return self.filter(~Q(status=EditionStatus.CANCELLED) | _has_reached_somebody())

    def that_readers_have(self) -> EditionQuerySet:
        """Those that somebody really has, or is about to get without another press of Send: a draft isn't among them,
        and neither is one that every server rejected."""
        at_work = [EditionStatus.QUEUED, EditionStatus.SENDING, EditionStatus.PAUSED]
        return self.filter(Q(status__in=at_work) | _has_reached_somebody())

    def with_last_number(self) -> EditionQuerySet:
        """Each with `last_number`, the highest of its newsletter; None where nothing has gone out yet."""
        numbered = Edition.objects.filter(newsletter=models.OuterRef("newsletter"), number__isnull=False)
        return self.annotate(last_number=models.Subquery(numbered.order_by("-number").values("number")[:1]))

    def public(self) -> EditionQuerySet:
        """What the archive shows: editions that have begun to go out and were not cancelled, but no digests, and none
        that asks quiet readers whether they want to stay."""
        begun = [EditionStatus.SENDING, EditionStatus.PAUSED, EditionStatus.SENT]
        return self.filter(status__in=begun, digest="", reengagement__isnull=True)


def _has_reached_somebody() -> models.Exists:
    """A mail of it was accepted, or may have been."""
    somebody = (
        Q(chunks__accepted__gt=0) | Q(chunks__in_doubt__gt=0) | Q(chunks__handed_to__gt=models.F("chunks__settled"))
    )
    return models.Exists(Edition.objects.filter(somebody, pk=models.OuterRef("pk")))


class Edition(models.Model):
    """Only newsletters.editions.transitions changes `status`; `revision` rises with every change of the content."""

    Status = EditionStatus

    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="editions")
    # A/B remainders, send again and added since are children, so that a recipient stands once in an edition.
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    occurrence = models.OneToOneField(
        Occurrence, on_delete=models.SET_NULL, null=True, blank=True, related_name="edition", editable=False
    )
    # Of a digest: daily, weekly or monthly. It has no blocks and no number, and isn't in the archive.
    digest = models.CharField(max_length=8, blank=True, default="", db_default="", editable=False)
    # Both are given when it begins to go out: newsletters.editions.numbering.
    number = models.PositiveIntegerField(_("number"), null=True, blank=True, editable=False)
    slug = models.SlugField(max_length=120, unique=True, null=True, blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    preheader = models.CharField(
        _("preheader"), max_length=200, blank=True, help_text=_("Follows the subject in most inboxes.")
    )
    introduction = models.TextField(_("introduction"), max_length=5000, blank=True)  # sanitised HTML
    # Ids of segments that narrow its audience: readers in any of the first, and in none of the second. Plain numbers,
    # so that a draft is read in as many queries as before; who deletes a segment is told where it is used.
    include_segments = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    exclude_segments = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    cutoff_at = models.DateTimeField(_("articles published by"), null=True, blank=True)

    status = models.CharField(
        _("status"), max_length=10, choices=EditionStatus.choices, default=EditionStatus.DRAFT, editable=False
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    # Fixed by the press of Send: everything the mail says, and its SHA-256.
    snapshot = models.JSONField(null=True, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Of the snapshot, in a column: the engine asks for every deferred mail.
    lifetime_hours = models.PositiveSmallIntegerField(default=24, editable=False)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True, editable=False)
    # Nothing begins before this moment of the database's clock: until then who sent it may call it back.
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    queued_at = models.DateTimeField(null=True, blank=True, editable=False)
    queued_by = models.CharField(_("sent by"), max_length=150, blank=True, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whether its clicks and opens are counted, as Newsletter.Tracking; empty before it begins.
    tracking = models.CharField(max_length=10, blank=True, db_default="", editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    paused_why = models.CharField(_("why it was paused"), max_length=300, blank=True, editable=False)
    # Why it does not move although it should, in a sentence: the mail server cannot be reached, say.
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    # Who the frozen audience holds: the sum that the ledger must always come to.
    candidates = models.PositiveIntegerField(_("frozen audience"), default=0, editable=False)
    # How many of them get nothing: as the audience was when it began, and by the ledger once it is over.
    set_aside = models.PositiveIntegerField(default=0, editable=False)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "number"], name="one_edition_a_number"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(snapshot__isnull=False, content_hash__gt=""),
                name="what_is_sent_has_a_snapshot",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True)
                | Q(number__isnull=False, slug__isnull=False)
                | Q(slug__isnull=False) & ~Q(digest=""),
                name="what_went_out_has_a_number",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "send_at"], name="editions_at_work",
                condition=Q(status__in=["queued", "sending", "paused"]),
            ),
            models.Index(fields=["-updated_at"], name="drafts_last_touched", condition=Q(status="draft")),
        ]  # fmt: skip
        permissions = [("send_edition", "Can send, pause, resume and cancel editions")]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    def __str__(self) -> str:
        if self.digest:
            return gettext("%(newsletter)s, %(often)s digest") % {
                "newsletter": self.newsletter.name, "often": Frequency(self.digest).label,
            }  # fmt: skip
        if self.number is not None:
            return f"{self.newsletter.name} {self.number}"
        return (
            gettext("%s, draft") % self.newsletter.name if self.status == EditionStatus.DRAFT else self.newsletter.name
        )

    def get_absolute_url(self) -> str:
        return localised(self.path)

    @property
    def recipients(self) -> int:
        """How many it is for: what the page of sending promised, and what all shares are of."""
        return self.candidates - min(self.set_aside, self.candidates)

    @property
    def retries_end_at(self) -> datetime:
        """Deferred mail isn't retried after this, whatever the newsletter's lifetime is changed to meanwhile."""
        return (self.frozen_at or timezone.now()) + timedelta(hours=self.lifetime_hours)

    @property
    def path(self) -> str:
        """Its address in the language of the installation, which is what is kept and mailed. One without a number has
        no page yet: the archive itself."""
        return f"/archive/{self.slug}/" if self.slug else "/archive/"


ARTICLE = "article"  # the one kind of block that refers to something


def new_key() -> str:
    """The name of a block within its edition."""
    return secrets.token_hex(4)


class EditionItem(models.Model):
    """A block of an edition, in its place: an article, or what stands between the articles.

    All kinds share these columns; newsletters.blocks says which kind has which, and what they mean in it. What an
    article's block says of its own leaves the article itself untouched; empty means the article's own.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=16, default=new_key, editable=False)  # stays the same from save to save
    kind = models.CharField(_("kind"), max_length=30, default=ARTICLE)  # see newsletters.blocks.registry
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, null=True, blank=True, related_name="edition_items",
        verbose_name=_("article"),
    )  # fmt: skip
    headline = models.CharField(_("headline"), max_length=200, blank=True)  # a heading's or a button's words, too
    summary = models.TextField(_("summary"), max_length=600, blank=True)
    html = models.TextField(_("text"), max_length=5000, blank=True)  # sanitised
    url = models.CharField(_("link"), max_length=2000, blank=True)
    label = models.CharField(_("label"), max_length=60, blank=True)  # what a sponsor note must say it is
    picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    without_picture = models.BooleanField(_("no picture"), default=False)
    # Who alone sees it: the readers in a segment (a plain number, as in the edition), or those with this value in
    # a field of rules (“topic”, “attribute.city”); and whether it is for all others instead.
    only_segment = models.PositiveBigIntegerField(_("only readers in"), null=True, blank=True)
    only_field = models.CharField(_("only readers whose"), max_length=80, blank=True, default="", db_default="")
    only_value = models.CharField(_("is"), max_length=200, blank=True, default="", db_default="")
    is_for_others = models.BooleanField(_("for everybody else"), default=False, db_default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "article"], name="an_article_once_an_edition"),
            models.UniqueConstraint(fields=["edition", "key"], name="a_key_once_an_edition"),
            models.CheckConstraint(
                condition=Q(kind=ARTICLE, article__isnull=False) | (~Q(kind=ARTICLE) & Q(article__isnull=True)),
                name="an_article_block_has_an_article",
            ),
        ]
        verbose_name = _("block of an edition")
        verbose_name_plural = _("blocks of an edition")

    def __str__(self) -> str:
        return f"{self.position}. {self.kind} {self.article_id or self.headline}".rstrip()


class EditionRevision(models.Model):
    """A draft as it was saved once, to go back to. Only newsletters.editions.history writes these."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    draft = models.JSONField(_("draft"))
    # Undo and redo make a new revision that says what an older one said: the number of that older one, else its own.
    state = models.PositiveIntegerField()
    before = models.PositiveIntegerField(null=True)  # the state that this one was made from
    undone = models.PositiveIntegerField(null=True)  # the state that redo brings back
    saved_by = models.CharField(_("saved by"), max_length=150, blank=True)  # outlives the user
    saved_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="one_revision_a_number")]
        verbose_name = _("revision of a draft")
        verbose_name_plural = _("revisions of drafts")

    def __str__(self) -> str:
        return f"{self.edition_id}, revision {self.number}"


class EditionTemplate(models.Model):
    """An arrangement to begin an edition from: its words and blocks, with a place for the articles."""

    newsletter = models.ForeignKey(
        Newsletter, on_delete=models.CASCADE, related_name="templates", verbose_name=_("newsletter")
    )
    name = models.CharField(_("name"), max_length=80)
    is_usual = models.BooleanField(
        _("usual"), default=False, help_text=_("Automatic editions start from this template.")
    )
    draft = models.JSONField(editable=False)  # as newsletters.editions.drafts.Draft, without articles
    articles_at = models.PositiveSmallIntegerField(editable=False)  # so many blocks stand before the articles
    made_by = models.CharField(_("created by"), max_length=150, blank=True, editable=False)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["newsletter", "name"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "name"], name="one_template_a_name"),
            models.UniqueConstraint(
                fields=["newsletter"], condition=Q(is_usual=True), name="one_usual_template_a_newsletter"
            ),
        ]
        verbose_name = _("edition template")
        verbose_name_plural = _("edition templates")

    def __str__(self) -> str:
        return self.name
