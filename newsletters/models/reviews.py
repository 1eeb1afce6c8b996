"""An article before and after it is published: asked for review, shown in private, corrected."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article


class ReviewState(models.TextChoices):
    ASKED = "asked", _("requested")
    PUBLISHED = "published", _("published")
    RETURNED = "returned", _("sent back")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ReviewRequest(models.Model):
    """An article is ready: somebody asks who may publish it to read it. Only newsletters.articles.reviewing changes it.

    While it is open, the article's status is “ready for review”.
    """

    State = ReviewState

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="review_requests")
    state = models.CharField(_("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=150)  # outlives the user
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["article"], condition=Q(state="asked"), name="one_open_request_an_article")
        ]
        verbose_name = _("review request")
        verbose_name_plural = _("review requests")

    def __str__(self) -> str:
        return f"article {self.article_id}: {self.state}"


class PreviewLink(models.Model):
    """A link by which somebody without an account sees an article before it is published, until it ends."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="preview_links")
    made_by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("private preview")
        verbose_name_plural = _("private previews")

    def __str__(self) -> str:
        return f"article {self.article_id} until {self.ends_at}"

    @property
    def is_open(self) -> bool:
        return self.ends_at > timezone.now()


class Correction(models.Model):
    """What an article said wrong, and when it was put right. A row of its own, so no edit of the text removes it."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="corrections")
    text = models.CharField(_("correction"), max_length=600)
    corrected_at = models.DateTimeField(_("corrected"), default=timezone.now)
    by_name = models.CharField(max_length=150)

    class Meta:
        ordering = ["corrected_at", "pk"]
        default_permissions = ()
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return self.text[:80]
