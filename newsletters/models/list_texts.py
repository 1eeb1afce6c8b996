"""What a mailing list says in the institute's own words: on its sign-up page, and in its welcome email."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.pictures import Picture
from subscribers.models import MailingList


class ListText(models.Model):
    """For the readers of one language, or with an empty one for all who have no text of their own. Empty fields leave
    what the program says. Both texts are sanitised HTML: `newsletters.editions.list_texts` cleans each."""

    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", verbose_name=_("mailing list")
    )
    language = models.CharField(_("language"), max_length=16, blank=True)
    heading = models.CharField(_("heading"), max_length=120, blank=True)
    picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    page_text = models.TextField(_("text of the sign-up page"), blank=True)
    welcome_subject = models.CharField(_("subject of the welcome email"), max_length=150, blank=True)
    welcome_text = models.TextField(_("text of the welcome email"), blank=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        ordering = ["mailing_list", "language"]
        constraints = [
            models.UniqueConstraint(fields=["mailing_list", "language"], name="one_text_a_list_and_language")
        ]
        verbose_name = _("text of a list")
        verbose_name_plural = _("texts of lists")

    def __str__(self) -> str:
        return f"{self.mailing_list} ({self.language or '…'})"
