"""What a publisher knows about people beyond the address: attributes of their own, and tags."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.characters import decomposed, one_line
from lib.readable_slugs import ReadableSlugField
from subscribers.models.people import Subscriber

MOST_ATTRIBUTES = 100
MOST_CHOICES = 100
LONGEST_CHOICE = 100  # characters
LONGEST_TEXT = 1000  # characters of a value


class AttributeKind(models.TextChoices):
    """What a value is, and how `Subscriber.attributes` keeps it: text and choices as strings, numbers as numbers, dates
    as ISO 8601 days, yes or no as booleans."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("choice")


class Access(models.TextChoices):
    """What somebody may do with the values of an attribute."""

    NOTHING = "nothing", _("nothing")
    SEE = "see", _("see")
    WRITE = "write", _("see and change")


KEY_PATTERN = r"[a-z][a-z0-9_]{0,39}"
is_key = RegexValidator(
    rf"\A{KEY_PATTERN}\Z",
    _("Use a small letter first, then small letters, digits and “_”, at most 40 in all, for example city."),
)


class Attribute(models.Model):
    """A field of the publisher's own on every person. The values are in `Subscriber.attributes`, by its key: a mail
    reads one row, and an import merges one column."""

    Kind = AttributeKind

    key = models.CharField(_("key"), max_length=40, unique=True, validators=[is_key])
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=AttributeKind.choices, default=AttributeKind.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)  # of texts, in the order in which they are shown
    # What an email says to those who have no value, where its text has no fallback. No condition counts it.
    default = models.JSONField(_("default"), null=True, blank=True)
    readers_may = models.CharField(
        _("readers"), max_length=10, choices=Access.choices, default=Access.NOTHING, db_default=Access.NOTHING
    )
    staff_may = models.CharField(
        _("staff"), max_length=10, choices=Access.choices, default=Access.WRITE, db_default=Access.WRITE
    )
    api_may = models.CharField(
        _("API"), max_length=10, choices=Access.choices, default=Access.WRITE, db_default=Access.WRITE
    )
    imports_may = models.CharField(
        _("imports"), max_length=10, choices=Access.choices, default=Access.WRITE, db_default=Access.WRITE
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")

    def __str__(self) -> str:
        return self.name


def tag_key(name: str) -> str:
    """What makes two spellings the same tag: “Press”, “press ” and “PRESS”."""
    return " ".join(decomposed(one_line(name[:LONGEST_TEXT])).casefold().split())[:255]


class TagQuerySet(models.QuerySet["Tag"]):
    def called(self, name: str) -> TagQuerySet:
        return self.filter(key=tag_key(name))


class Tag(models.Model):
    """A word that staff put on people."""

    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(max_length=255, unique=True, editable=False)  # `tag_key` of the name
    slug = ReadableSlugField(_("address"), max_length=80, unique=True)
    subscribers = models.ManyToManyField(Subscriber, through="TaggedSubscriber", related_name="tags")

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = one_line(self.name)
        self.key = tag_key(self.name)
        super().save(*args, **kwargs)


class TaggedSubscriber(models.Model):
    """One tag on one person."""

    # The first column of the unique index, which is therefore the only one that it needs.
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "subscriber"], name="a_tag_once_a_person")]
        verbose_name = _("tag of a person")
        verbose_name_plural = _("tags of people")

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.subscriber_id}"
