"""A subscriber: one address, one person."""

from __future__ import annotations

import uuid

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from lib.addresses import address_key, in_lower_ascii, readable, with_ascii_domain
from subscribers.models.indexes import AddressDomain, BeginningIndex


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def with_address(self, email: str) -> SubscriberQuerySet:
        """The person with this address, however it is capitalised and whichever form its domain is written in."""
        return self.filter(email_key=address_key(email))

    def at_domain(self, domain: str) -> SubscriberQuerySet:
        """Those whose address is there; in lower case and the ASCII form. By an index."""
        return self.alias(domain=AddressDomain("email_key")).filter(domain=domain)

    def beginning_with(self, words: str, at_most: int) -> list[int]:
        """The numbers of those whose address or name begins with this, whatever the capitals: by two indexes, and no
        further than asked, however many there are."""
        # In no order: PostgreSQL would walk the other index of addresses, which has one, from its beginning.
        by_address = self.filter(_begins("email_key", in_lower_ascii(words))).order_by()
        by_name = self.filter(name__istartswith=words).order_by()
        found = [*by_address.values_list("pk", flat=True)[:at_most], *by_name.values_list("pk", flat=True)[:at_most]]
        return list(dict.fromkeys(found))[:at_most]


def _begins(field: str, beginning: str) -> models.Q:
    """A range of the index of an exact column. SQLite's LIKE ignores case, and so cannot use that index."""
    if connection.vendor == "sqlite":
        return models.Q(**{f"{field}__gte": beginning, f"{field}__lt": beginning + chr(0x10FFFF)})
    return models.Q(**{f"{field}__startswith": beginning})


class Subscriber(models.Model):
    """`email` is what every mail goes to: the spelling that was confirmed, or typed last before that, with its domain
    in the ASCII form. `email_key` is what makes two spellings the same address."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("email address"), max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    # As in zoneinfo; empty where nobody said.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", db_default="")
    # Values by the key of their attribute, as subscribers.attributes writes them; no key: no value.
    attributes = models.JSONField(
        _("attributes"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    # Kept in step with the suppression list by subscribers.suppression alone, so that a hand-out reads one table.
    is_suppressed = models.BooleanField(_("suppressed"), default=False, editable=False)
    # Since when they have this address; None: it is the first. Older links to the preferences don't open them.
    address_since = models.DateTimeField(_("address changed"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded to confirm"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["reminded_at"], name="reminded", condition=models.Q(reminded_at__isnull=False)),
            models.Index(fields=["id"], name="suppressed_people", condition=models.Q(is_suppressed=True)),
            models.Index(
                fields=["paused_until"], name="people_who_pause", condition=models.Q(paused_until__isnull=False)
            ),
            BeginningIndex(fields=["name"], name="people_by_name"),
            models.Index(AddressDomain("email_key"), name="people_by_domain"),
        ]
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        permissions = [
            ("suppress_subscriber", "Can suppress and release an address"),
            ("export_subscriber", "Can export subscribers"),
            ("import_subscriber", "Can import subscribers"),
        ]

    def __str__(self) -> str:
        return self.readable_email

    def save(self, *args: object, **kwargs: object) -> None:
        self.email = with_ascii_domain(self.email)
        self.email_key = address_key(self.email)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def readable_email(self) -> str:
        """For people: the domain in their own script."""
        return readable(self.email)
