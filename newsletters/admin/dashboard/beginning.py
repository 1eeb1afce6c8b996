"""An installation in which nothing was sent yet: what to do first, each step with its place, and whether it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.admin.roles import may
from newsletters.models import Article, Edition, Institute, Newsletter
from subscribers.models import MailingList


@dataclass(frozen=True, slots=True)
class SetupStep:
    title: str
    why: str
    address: str
    done: bool


def steps(request: HttpRequest) -> list[SetupStep]:
    """Those that the visitor may do; none once there was an edition, or when all are done. One query."""
    there = _what_there_is()
    if there["edition"]:
        return []
    possible = (
        ("newsletters.change_institute", "institute", _("Add your institute's details"),
         _("Name, contact address and the text at the bottom of every page."),
         reverse("admin:newsletters_institute_changelist")),
        ("subscribers.add_mailinglist", "list", _("Create a mailing list"),
         _("What readers subscribe to: a name, and one sentence on what they get and how often."),
         reverse("admin:subscribers_mailinglist_add")),
        ("newsletters.add_newsletter", "newsletter", _("Set up a newsletter"),
         _("Sender, design, schedule, and which articles go in."), reverse("admin:newsletters_newsletter_add")),
        ("newsletters.add_article", "article", _("Write an article"),
         _("It appears on the site at once and goes into the next edition."),
         reverse("admin:newsletters_article_add")),
        ("auth.add_user", "staff", _("Invite your staff"),
         _("Give each of them a role: editor, publisher, manager or owner."), reverse("admin:auth_user_add")),
        ("newsletters.add_edition", "edition", _("Compose the first edition"),
         _(
             "Choose and order articles, preview, and send yourself a test. Nothing goes out until you "
             "confirm it."
         ),
         reverse("admin:newsletters_edition_add")),
    )  # fmt: skip
    found = [
        SetupStep(title, why, address, there[name]) for permission, name, title, why, address in possible
        if may(request, permission)
    ]  # fmt: skip
    return [] if all(step.done for step in found) else found


def _what_there_is() -> dict[str, bool]:
    colleagues: QuerySet[Any] = User.objects.filter(is_staff=True).order_by("pk")[1:2]
    row: dict[str, bool] = (
        # One row that there always is, since Django's content types are made with the tables.
        _one_row().values(
            institute=Exists(Institute.objects.all()),
            list=Exists(MailingList.objects.all()),
            newsletter=Exists(Newsletter.objects.all()),
            article=Exists(Article.objects.all()),
            staff=Exists(colleagues),
            edition=Exists(Edition.objects.all()),
        )[0]
    )
    return row


def _one_row() -> QuerySet[Any]:
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.order_by("pk")
