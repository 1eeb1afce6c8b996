"""What readers say about an article. Only newsletters.articles.comments changes a comment's state."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article


class CommentQuerySet(models.QuerySet["Comment"]):
    def shown(self) -> CommentQuerySet:
        """What the public sees: approved, and not an answer to something that is not."""
        approved = Comment.State.APPROVED
        return self.filter(Q(parent__isnull=True) | Q(parent__state=approved), state=approved)

    def held(self) -> CommentQuerySet:
        return self.filter(state=Comment.State.HELD)


class Comment(models.Model):
    """Held until somebody of the staff approves it. The address is never shown.

    The IP address is kept for a few days, the e-mail address for some months after the decision; then it is empty.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        APPROVED = "approved", _("approved")
        SPAM = "spam", _("spam")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="comments", verbose_name=_("article"))
    # The comment that begins the thread; an answer to an answer has the same one.
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="answers", verbose_name=_("reply to")
    )
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("address"), max_length=254)
    text = models.TextField(_("text"), max_length=3000)  # plain; made into HTML when it is shown
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)  # when a mail said to the editors that it waits
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("reviewed by"), max_length=150, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["article", "state", "created_at"], name="comment_of_article"),
            models.Index(fields=["created_at"], name="comment_held", condition=Q(state="held")),
            # What is looked for every minute.
            models.Index(fields=["told_at"], name="comment_told"),
            models.Index(fields=["created_at"], name="comment_with_ip", condition=Q(ip__isnull=False)),
            models.Index(fields=["decided_at"], name="comment_spam", condition=Q(state="spam")),
            models.Index(fields=["decided_at"], name="comment_with_email", condition=~Q(email="")),
        ]
        constraints = [models.CheckConstraint(condition=~Q(parent=models.F("pk")), name="no_comment_answers_itself")]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:60]}"
