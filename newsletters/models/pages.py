"""Standing pages of the institute, such as its privacy notice: written once, linked in every footer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.readable_slugs import ReadableSlugField, path_of
from newsletters.models.revisions import Revision
from subscribers.languages import localised


class PageQuerySet(models.QuerySet["Page"]):
    def published(self) -> PageQuerySet:
        return self.filter(status=Page.Status.PUBLISHED)


class Page(models.Model):
    """At the root of the site, `/<slug>/`. Two languages may use the same address, each below its own prefix."""

    class Kind(models.TextChoices):
        PRIVACY = "privacy", _("privacy notice")
        IMPRINT = "imprint", _("imprint")
        ABOUT = "about", _("about us")
        CONTACT = "contact", _("contact")
        OTHER = "other", _("other page")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OTHER)
    title = models.CharField(_("title"), max_length=120)
    slug = ReadableSlugField(_("address"), max_length=120)
    language = models.CharField(_("language"), max_length=16, blank=True)  # empty: one page for every language
    body = models.TextField(_("text"), blank=True)  # sanitised HTML; newsletters.articles.pages cleans it on every save
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    revision = models.PositiveIntegerField(default=1, db_default=1, editable=False)  # counts its saves
    in_footer = models.BooleanField(_("in the footer"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="one_page_an_address"),
            models.UniqueConstraint(
                fields=["kind", "language"], condition=~Q(kind="other"), name="one_page_a_kind_and_language"
            ),
        ]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.title or str(_("Untitled"))

    def get_absolute_url(self) -> str:
        return self.path_in("")

    def path_in(self, code: str) -> str:
        """Its path for somebody who reads that language, or the one of what is being made now. A page that is written
        in one language has one path."""
        return localised(f"/{path_of(self.slug)}/", self.language or code)

    @property
    def written_in(self) -> str:
        """The language of its words."""
        return self.language or settings.LANGUAGE_CODE

    @property
    def is_public(self) -> bool:
        return self.status == self.Status.PUBLISHED


class PageRevision(Revision):
    """Only newsletters.articles.revisions writes these, as those of articles."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="revisions")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="one_page_revision_a_number"),
            models.UniqueConstraint(fields=["window"], condition=Q(number=1) & ~Q(window=""), name="one_page_a_window"),
        ]
        indexes = [models.Index(fields=["window"], name="page_revision_of_a_window")]
        verbose_name = _("revision of a page")
        verbose_name_plural = _("revisions of pages")

    def __str__(self) -> str:
        return f"{self.page_id}, revision {self.number}"


# Those that a site is expected to have, in the order of its footer, and those that the law of many countries asks for.
EXPECTED_PAGES = (Page.Kind.PRIVACY, Page.Kind.IMPRINT, Page.Kind.ABOUT, Page.Kind.CONTACT)
REQUIRED_PAGES = EXPECTED_PAGES[:2]


class FormerPageAddress(models.Model):
    """An address that a public page had; it leads to the present one."""

    slug = models.SlugField(max_length=120)
    language = models.CharField(max_length=16, blank=True)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="former_addresses")
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "language"], name="one_page_a_former_address")]

    def __str__(self) -> str:
        return self.slug
