"""Pictures, and the uploads that are still to become some."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """A picture as we made it: re-encoded, in several widths. The uploaded file itself is never served.

    Only newsletters.articles.preparing makes these. File names carry a hash of the content, so that a mail that was
    sent keeps its picture when an editor replaces it. They are known before the files are there: one that is being
    prepared can be chosen, and whatever shows pictures to readers leaves it out until then (`ready`).
    """

    class State(models.TextChoices):
        READY = "ready", _("ready")
        PREPARING = "preparing", _("being prepared")
        FAILED = "failed", _("couldn't be prepared")

    alt = models.CharField(
        _("alternative text"), max_length=300, blank=True,
        help_text=_("Describes the picture for people who can't see it."),
    )  # fmt: skip
    # Says nothing that the text doesn't say: it has no alternative text on purpose.
    is_decorative = models.BooleanField(_("decorative"), default=False, db_default=False)
    caption = models.CharField(_("caption"), max_length=500, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True, help_text=_("Without the words “Image credit”."))
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.READY, db_default="ready", editable=False
    )
    file = models.CharField(_("file"), max_length=200, editable=False)  # the largest rendition, relative to MEDIA_ROOT
    # What must stay in sight where a card crops the picture: per cent from the left and from the top.
    focus_x = models.PositiveSmallIntegerField(default=50, db_default=50, editable=False)
    focus_y = models.PositiveSmallIntegerField(default=50, db_default=50, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    renditions = models.JSONField(default=list, editable=False)  # [{"file", "width", "height"}], ascending by width
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        words = self.alt or self.caption or gettext("Picture %(number)s") % {"number": self.pk}
        return words[:80]

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_described(self) -> bool:
        """Whether somebody said what people hear who can't see it, be it nothing."""
        return self.is_decorative or bool(self.alt.strip())

    @classmethod
    def max_length(cls, name: str) -> int | None:
        """How many characters one of its texts may have."""
        return getattr(cls._meta.get_field(name), "max_length", None)


def ready(picture: Picture | None) -> Picture | None:
    """The picture, if its files are there to be shown to readers."""
    return picture if picture is not None and picture.is_ready else None


class PictureUpload(models.Model):
    """A file that a worker is to make a picture of. Its row goes with its file when that is done; one that can't become
    a picture stays with the reason, until another file is chosen."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="uploads")
    original = models.CharField(max_length=40, unique=True)  # a name in the folder of newsletters.articles.originals
    size = models.PositiveIntegerField()  # bytes
    replaces = models.BooleanField()  # the picture is there already, and readers see it until this one is ready
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(default=timezone.now)
    # A sentence of newsletters.articles in English, translated where it is shown; empty while it waits.
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["try_at"], condition=Q(problem=""), name="picture_upload_waits")]

    def __str__(self) -> str:
        return f"upload {self.pk} for picture {self.picture_id}"
