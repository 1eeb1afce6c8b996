"""Feeds that articles come in by: where they are, what came of each item, which category is which topic, and a log."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.articles import Article
from newsletters.models.pictures import Picture
from subscribers.models import Topic

MOST_FIRST = 50  # articles that the first look may bring


class FeedSource(models.Model):
    """A feed that a worker looks at again and again. Only newsletters.articles.feeds writes what it remembers of it."""

    class Mode(models.TextChoices):
        DRAFT = "draft", _("Hold as draft: an editor publishes it")
        PUBLISH = "publish", _("Publish at once")
        LINK = "link", _("Publish at once, and link out: the article stays where it is, and our links lead there")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped: the feed is gone")

    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("Leave it empty for the feed's own."))
    address = models.CharField(
        _("address"), max_length=500, unique=True, validators=[URLValidator(["http", "https"])],
        help_text=_("Of the feed, or of a site that names its feed."),
    )  # fmt: skip
    mode = models.CharField(_("new articles"), max_length=8, choices=Mode.choices, default=Mode.DRAFT)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    bring_first = models.PositiveSmallIntegerField(
        _("older articles"), default=0,
        help_text=_("How many of those that are in the feed now come in as drafts. The others never do."),
    )  # fmt: skip
    topics = models.ManyToManyField(
        Topic, related_name="+", blank=True, verbose_name=_("topics"),
        help_text=_("Of every article from this feed, besides those that its categories stand for."),
    )  # fmt: skip
    # What a server says to be asked for changes alone (RFC 9110 §13).
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    begun_at = models.DateTimeField(null=True, editable=False)  # when its first items were taken note of
    poll_at = models.DateTimeField(default=timezone.now, editable=False)
    looking_until = models.DateTimeField(null=True, editable=False)  # at the latest; null while nobody looks
    # Too many items were new at once: until a look has taken all of them, new ones are drafts.
    holds_new = models.BooleanField(default=False, editable=False)
    polled_at = models.DateTimeField(_("last checked"), null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)  # one after another
    problem = models.CharField(_("problem"), max_length=500, blank=True, editable=False)  # of the last look
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["poll_at"], condition=models.Q(state="active"), name="feed_source_is_due")]
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")

    def __str__(self) -> str:
        return self.name or self.address


class FeedItem(models.Model):
    """An item that was seen, and the article that it became; none of an item that was there before us, or whose article
    was deleted: it doesn't come in again."""

    source = models.ForeignKey(FeedSource, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=64)  # a digest of its id: the same item is never two
    link_key = models.CharField(max_length=64, blank=True)  # of its address, for feeds that give their items new ids
    title_key = models.CharField(max_length=64)  # of its headline; the address alone may be that of others, too
    published_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64)  # of what came in of it last
    raw_fingerprint = models.CharField(max_length=64)  # of what was written in the feed then
    changes = models.PositiveSmallIntegerField(default=0)  # of the article, by the feed
    changed_at = models.DateTimeField(null=True)  # the last of them
    article = models.ForeignKey(Article, on_delete=models.SET_NULL, null=True, related_name="feed_items")
    # Of the article when we wrote it last; another one, and an editor has changed it since.
    written_revision = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="feed_item_once")]
        indexes = [models.Index(fields=["source", "link_key"], name="feed_item_by_link")]

    def __str__(self) -> str:
        return f"item {self.pk} of feed {self.source_id}"


class FeedPicture(models.Model):
    """A picture of a feed that is ours already: an item that changes brings it in no second time."""

    source = models.ForeignKey(FeedSource, on_delete=models.CASCADE, related_name="pictures")
    key = models.CharField(max_length=64)  # a digest of its address and of what the feed says of it
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="feed_picture_once")]

    def __str__(self) -> str:
        return f"picture {self.picture_id} of feed {self.source_id}"


class FeedCategory(models.Model):
    """A category of a feed, and the topic that it stands for."""

    source = models.ForeignKey(FeedSource, on_delete=models.CASCADE, related_name="categories")
    name = models.CharField(_("category in the feed"), max_length=100)
    key = models.CharField(max_length=100)  # the name with case folded
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    items = models.PositiveIntegerField(_("items"), default=0)  # new ones that had it

    class Meta:
        ordering = ["-items", "name"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="feed_category_once")]
        verbose_name = _("category of a feed")
        verbose_name_plural = _("categories of this feed")

    def __str__(self) -> str:
        return self.name


class FeedLogEntry(models.Model):
    """What happened with a feed, in a sentence."""

    source = models.ForeignKey(FeedSource, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=timezone.now)
    sentence = models.TextField()
    is_problem = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["source", "-at"], name="feed_log_newest")]

    def __str__(self) -> str:
        return self.sentence[:80]
