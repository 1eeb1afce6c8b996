"""A whole email that welcomes who joins a mailing list, made of the draft of an edition."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from newsletters.models.newsletters import Newsletter
from subscribers.models import MailingList


class ListWelcome(models.Model):
    """For the readers of one language, or with an empty one for all who have no welcome of their own. `content` is an
    `EditionContent` without edition, number and archive, as it was when somebody chose it: no later edit changes it."""

    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", verbose_name=_("mailing list")
    )
    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="+", verbose_name=_("newsletter"))
    language = models.CharField(_("language"), max_length=16, blank=True)
    content = models.JSONField(editable=False)
    content_hash = models.CharField(max_length=64, editable=False)
    chosen_by = models.CharField(_("chosen by"), max_length=150, blank=True, editable=False)
    chosen_at = models.DateTimeField(_("chosen"), editable=False)

    class Meta:
        ordering = ["mailing_list", "language"]
        constraints = [
            models.UniqueConstraint(fields=["mailing_list", "language"], name="one_welcome_a_list_and_language")
        ]
        verbose_name = _("welcome email")
        verbose_name_plural = _("welcome emails")

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """As it was written, with merge fields."""
        return str(self.content["subject"])

    @property
    def admin_url(self) -> str:
        return reverse("admin:newsletters_listwelcome_change", args=[self.pk])
