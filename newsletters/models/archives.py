"""Archives of other systems that articles came in by: how far each has come, what became of each thing in it, and the
old addresses that lead to articles."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article
from newsletters.models.pictures import Picture
from subscribers.models import Topic


class ArchiveImport(models.Model):
    """The archive lies in the private folder `folder`; only newsletters.articles.archives changes the state."""

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        RUNNING = "running", _("coming in")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("brought in")
        FAILED = "failed", _("can't be read")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    name = models.CharField(_("file or address"), max_length=500)
    address = models.CharField(max_length=500, blank=True, default="")  # where it is read from; empty: a file
    folder = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    system = models.CharField(_("system"), max_length=20, blank=True, default="")  # a key of archives.systems
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHECKING)
    options = models.JSONField(default=dict)  # as archives.choosing writes them
    total = models.PositiveIntegerField(default=0)  # things in it, with those that are left out
    cursor = models.PositiveIntegerField(default=0)  # the number of the last one that was dealt with
    notes = models.JSONField(default=list)  # sentences about the archive as a whole
    made = models.JSONField(default=dict)  # ids of authors and topics that it made
    trouble = models.CharField(max_length=500, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)  # unforeseen errors, one after another
    wants_stop = models.BooleanField(default=False)
    claimed_at = models.DateTimeField(null=True, blank=True)  # the last sign of life of the worker that has it
    by = models.CharField(_("by"), max_length=150, blank=True, default="")
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["state"], name="archives_at_work",
                condition=models.Q(state__in=["checking", "running", "undoing"]),
            )
        ]  # fmt: skip
        verbose_name = _("archive")
        verbose_name_plural = _("archives")

    def __str__(self) -> str:
        return self.name


class ArchiveLine(models.Model):
    """What becomes of one thing in an archive: as it is planned, then as it was done."""

    class Outcome(models.TextChoices):
        NEW = "new", _("comes in")
        CHANGED = "changed", _("changes")
        SAME = "same", _("is here already")
        EDITED = "edited", _("stays as it is here")
        LEFT_OUT = "left_out", _("left out")
        REMOVED = "removed", _("removed again")
        KEPT = "kept", _("stays, though the rest was undone")

    of = models.ForeignKey(ArchiveImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    address = models.CharField(max_length=2000, blank=True, default="")  # where it was
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    sentences = models.JSONField(default=list)  # why, and what isn't as it was
    is_done = models.BooleanField(default=False)
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="archive_line_once")]

    def __str__(self) -> str:
        return self.title


class ArchiveCategory(models.Model):
    """A category or tag of an archive, and the topic that it stands for."""

    of = models.ForeignKey(ArchiveImport, on_delete=models.CASCADE, related_name="categories")
    name = models.CharField(_("category in the archive"), max_length=100)
    key = models.CharField(max_length=100)  # the name with case folded
    is_tag = models.BooleanField(default=False)  # no topic is made of it
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    articles = models.PositiveIntegerField(_("articles"), default=0)

    class Meta:
        ordering = ["-articles", "name"]
        constraints = [models.UniqueConstraint(fields=["of", "key"], name="archive_category_once")]

    def __str__(self) -> str:
        return self.name


class ArchivedItem(models.Model):
    """An article of another system that came in, so that no other archive of the same site brings it again; none of an
    article that somebody deleted here."""

    system = models.CharField(max_length=20)
    site = models.CharField(max_length=255, blank=True)  # host and path; empty where the key is unique in the world
    key = models.CharField(max_length=64)  # a digest of its id there
    fingerprint = models.CharField(max_length=64)  # of what came in of it last
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, related_name="archived_items")
    # Of the article when we wrote it last; another one, and an editor has changed it since.
    written_revision = models.PositiveIntegerField(default=0)
    was_published = models.BooleanField(default=False)  # there, so it is news to nobody here
    made_by = models.ForeignKey(ArchiveImport, on_delete=models.SET_NULL, null=True, related_name="items")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "site", "key"], name="archived_item_once")]

    def __str__(self) -> str:
        return f"item {self.pk} of {self.system}"


class ArchivedPictureFile(models.Model):
    """A picture of another site that is ours already: the next article that shows it brings it in no second time."""

    key = models.CharField(max_length=64, unique=True)  # a digest of its address and of what is said of it
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(ArchiveImport, on_delete=models.SET_NULL, null=True, related_name="pictures")

    def __str__(self) -> str:
        return f"picture {self.picture_id}"


class OldAddress(models.Model):
    """A path that an article had on the site that it came from: links and search engines know it, so it leads here."""

    path = models.CharField(max_length=500, unique=True)  # as archives.old_addresses writes it
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="old_addresses")

    def __str__(self) -> str:
        return self.path
