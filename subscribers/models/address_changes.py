"""Addresses that people want their mail to go to instead, and the numbers of people who were merged into others."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.addresses import readable
from subscribers.models.people import Subscriber


class AddressChange(models.Model):
    """A new address that somebody asked for and hasn't confirmed yet. One a person: a later request replaces it, and
    with it the link that was mailed. Only subscribers.preferences.addresses writes here."""

    subscriber = models.OneToOneField(Subscriber, on_delete=models.CASCADE, related_name="address_change")
    email = models.CharField(_("new address"), max_length=254)  # as `lib.addresses.normalise` gives it
    asked_at = models.DateTimeField(_("requested"), db_index=True)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")

    def __str__(self) -> str:
        return f"subscriber {self.subscriber_id}: {self.email}"

    @property
    def readable_email(self) -> str:
        return readable(self.email)


class FormerSubscriber(models.Model):
    """The number of a person who was merged into another. Links in mails carry it, and the ledger keeps it, so it leads
    to the person who is left. Only subscribers.merging writes here."""

    former_id = models.PositiveBigIntegerField(unique=True)
    former_uuid = models.UUIDField(unique=True)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="former")
    merged_at = models.DateTimeField(_("merged"), auto_now_add=True)
    by = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("merged subscriber")
        verbose_name_plural = _("merged subscribers")

    def __str__(self) -> str:
        return f"{self.former_id} → {self.subscriber_id}"
