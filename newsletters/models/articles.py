"""What editors publish: articles and their authors."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.readable_slugs import ReadableSlugField, path_of
from newsletters.models.pictures import Picture, ready
from newsletters.models.revisions import Revision
from subscribers.languages import localised, whole_address
from subscribers.models import Topic


class Author(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = ReadableSlugField(_("address"), max_length=120, unique=True)
    about = models.TextField(_("about"), max_length=1000, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return localised(f"/authors/{path_of(self.slug)}/")


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self, by: datetime | models.Expression | None = None) -> ArticleQuerySet:
        """What the public may see at that moment (now, unless told)."""
        return self.filter(status=Article.Status.PUBLISHED, published_at__lte=by or timezone.now())

    def newest_first(self) -> ArticleQuerySet:
        return self.order_by("-published_at", "-pk")


class Article(models.Model):
    """`published_at` may lie in the future (publish at a time) or in the past (a back-dated article)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("ready for review")
        PUBLISHED = "published", _("published")

    title = models.CharField(_("headline"), max_length=200)
    slug = ReadableSlugField(_("address"), max_length=120, unique=True)
    summary = models.TextField(_("summary"), max_length=600, help_text=_("Two sentences, shown in lists and emails."))
    # A code of Django's, of what is written here. Empty, in articles older than this field: the installation's own.
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="", default="")
    body = models.TextField(_("text"))  # sanitised HTML; newsletters.articles.writing cleans it on every save
    lead_picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead picture")
    )
    topics = models.ManyToManyField(Topic, related_name="articles", verbose_name=_("topics"))
    authors = models.ManyToManyField(
        Author, through="ArticleAuthor", related_name="articles", blank=True, verbose_name=_("authors")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, db_index=True)
    comments_open = models.BooleanField(
        _("comments"),
        default=True,
        help_text=_("Readers can comment until comments close by the institute's settings."),
    )
    # Where the article lives, when that isn't here: our links lead there, and its page here does as well.
    original_url = models.CharField(
        _("address of the original"), max_length=2000, blank=True, default="", db_default="",
        validators=[URLValidator(["http", "https"])],
        help_text=_("Where the article lives, if it isn't here. Links on the site and in emails lead there."),
    )  # fmt: skip
    word_count = models.PositiveIntegerField(default=0, editable=False)
    reading_minutes = models.PositiveSmallIntegerField(_("reading time in minutes"), default=1, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="published_article_says_when"
            )
        ]
        indexes = [models.Index(fields=["status", "-published_at"], name="article_newest_published")]
        permissions = [("publish_article", "Can publish articles")]
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def __str__(self) -> str:
        return self.title or str(_("Untitled"))

    def get_absolute_url(self) -> str:
        return localised(self.path)

    @property
    def path(self) -> str:
        """Its address in the language of the installation, which is what is kept and mailed; the whole address of an
        article that lives elsewhere."""
        return self.original_url or self.own_path

    @property
    def own_path(self) -> str:
        """Its page here, also when that only leads to the original."""
        return f"/articles/{path_of(self.slug)}/"

    @property
    def full_address(self) -> str:
        return whole_address(self.get_absolute_url())

    @property
    def shown_picture(self) -> Picture | None:
        """What readers see: no picture yet while it is being prepared."""
        return ready(self.lead_picture)

    @property
    def is_scheduled(self) -> bool:
        """Will be published by itself, at `published_at`."""
        return self.status == self.Status.PUBLISHED and not self.is_public

    @property
    def is_public(self) -> bool:
        return (
            self.status == self.Status.PUBLISHED
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )


class ArticleRevision(Revision):
    """Only newsletters.articles.revisions writes these. The newest one of a published article may be a working copy."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_article_revision_a_number"),
            # Two requests of one page that begin an article at the same moment: the second finds the first one's.
            models.UniqueConstraint(
                fields=["window"], condition=models.Q(number=1) & ~models.Q(window=""), name="one_article_a_window"
            ),
        ]
        indexes = [models.Index(fields=["window"], name="article_revision_of_a_window")]
        verbose_name = _("revision of an article")
        verbose_name_plural = _("revisions of articles")

    def __str__(self) -> str:
        return f"{self.article_id}, revision {self.number}"


class FormerAddress(models.Model):
    """An address that a public article had: links and search engines know it, so it leads to the present one."""

    slug = models.SlugField(max_length=120, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="former_addresses")
    changed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug


class ArticleAuthor(models.Model):
    """The by-line, in order."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    author = models.ForeignKey(Author, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["article", "author"], name="one_byline_an_author")]
        verbose_name = _("by-line")
        verbose_name_plural = _("by-lines")

    def __str__(self) -> str:
        return f"{self.author_id} of {self.article_id}"
