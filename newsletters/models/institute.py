"""Who publishes: one row, shown on every page and in the feed, edited in the admin."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.prepared_queries import PreparedQuery
from newsletters.models.pictures import Picture

IS_COLOUR = RegexValidator(r"^#[0-9A-Fa-f]{6}$", _("Six hexadecimal digits after #, for example #1F3A5F."))
# Of mails, where neither the newsletter nor the institute has chosen a colour.
USUAL_COLOUR = "#1F3A5F"
MOST_SOCIAL_LINKS = 12


def _picture(name: Any, help_text: Any = "") -> models.ForeignKey[Picture | None, Picture | None]:
    return models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=name,
        help_text=help_text,
    )  # fmt: skip


class Institute(models.Model):
    """There is one institute an installation; the database refuses a second row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=80, default="Iria")
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    description = models.TextField(
        _("description"), max_length=1000, blank=True, help_text=_("Shown at the bottom of every page.")
    )
    contact_email = models.EmailField(_("contact address"), max_length=254, blank=True)
    copyright_line = models.CharField(_("copyright line"), max_length=200, blank=True)
    # Its look: newsletters.site.look makes the pages' colours and faces of it, mails take what their newsletter lacks.
    logo = _picture(_("logo"))
    logo_dark = _picture(_("logo for dark mode"), _("If there is none, the logo is shown on a light plate."))
    shows_name = models.BooleanField(
        _("name beside the logo"), default=True, db_default=True,
        help_text=_("Turn it off if the logo itself says the name."),
    )  # fmt: skip
    icon = _picture(_("icon"), _("A square picture for browser tabs and home screens, 512 pixels wide or more."))
    accent = models.CharField(
        _("accent colour"), max_length=7, blank=True, default="", db_default="", validators=[IS_COLOUR],
        help_text=_("For buttons, links and lines. Any colour works: we keep the words on it readable."),
    )  # fmt: skip
    typeface = models.CharField(_("typeface"), max_length=20, blank=True, default="", db_default="")
    share_picture = _picture(
        _("picture for shared links"),
        _("Shown where somebody shares a page that has no picture of its own. 1200 × 630 pixels fit best."),
    )
    social_links = models.TextField(
        _("social networks"), max_length=2000, blank=True, default="", db_default="",
        help_text=_("The addresses of your profiles, one a line. We link to them at the bottom of every page."),
    )  # fmt: skip
    # In which public pages say a day, and which the staff's own pages begin with.
    zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", db_default="UTC", help_text=_("For example Europe/Berlin.")
    )
    # Somebody has had enough of being reminded of what is left of the set-up.
    set_up_dismissed_at = models.DateTimeField(null=True, blank=True, editable=False)
    comments_days = models.PositiveSmallIntegerField(
        _("close comments after (days)"), default=30, null=True, blank=True, validators=[MaxValueValidator(3650)],
        help_text=_("Counted from publication. Leave it empty to keep comments open; 0 turns comments off."),
    )  # fmt: skip
    comments_email = models.EmailField(
        _("address for comment notices"), max_length=254, blank=True,
        help_text=_("Gets an email when comments are waiting. If empty, we use the contact address."),
    )  # fmt: skip
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_institute")]
        verbose_name = _("institute")
        verbose_name_plural = _("institute")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> Institute:
        """The institute; before anybody has filled it in, an unsaved one with the defaults."""
        return next(iter(_CURRENT()), None) or cls()

    @property
    def profiles(self) -> list[str]:
        """The addresses of its profiles in social networks."""
        return self.social_links.split()


# Every page asks for it.
_CURRENT: PreparedQuery[Institute] = PreparedQuery(
    lambda: Institute.objects.select_related("logo", "logo_dark", "icon", "share_picture").order_by("pk")[:1]
)
