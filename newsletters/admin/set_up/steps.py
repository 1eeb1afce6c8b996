"""The steps of the set-up, and which of them are done: read from what there is, so that nothing has to be ticked off
and nothing is asked for that was made elsewhere in the meantime.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mail.models import Message
from newsletters.admin.roles import may
from newsletters.delivery.trial_mail import TRIAL
from newsletters.models import Article, Edition, Institute, Newsletter
from subscribers.models import MailingList, Subscriber

# What an owner may do and nobody below them.
_NEEDED = ("newsletters.change_institute", "newsletters.add_newsletter", "subscribers.add_mailinglist", "auth.add_user")


@dataclass(frozen=True, slots=True)
class SetUpStep:
    key: str
    title: str
    why: str
    done: bool
    optional: bool = False

    @property
    def address(self) -> str:
        return reverse("admin:set_up_step", args=[self.key])


def may_set_up(request: HttpRequest) -> bool:
    return all(may(request, permission) for permission in _NEEDED)


def list_steps(there: dict[str, bool]) -> list[SetUpStep]:
    return [
        SetUpStep("institute", _("Your institute"), _("Its name, how readers reach it, and its time zone."),
                  there["institute"]),
        SetUpStep("look", _("Its look"), _("A logo and a colour, for the site and for emails."), there["look"],
                  optional=True),
        SetUpStep("newsletter", _("Your first newsletter"),
                  _("What readers subscribe to, how often it comes, and who it comes from."), there["newsletter"]),
        SetUpStep("test", _("A test email to yourself"), _("See that mail leaves, and how to check that it arrives."),
                  there["test"]),
        SetUpStep("staff", _("Your colleagues"), _("Invite them by email, each with a role."), there["staff"],
                  optional=True),
        SetUpStep("import", _("Readers and articles you have"), _("What you can bring along from elsewhere."),
                  there["subscribers"], optional=True),
    ]  # fmt: skip


def what_there_is() -> dict[str, bool]:
    """One query."""
    colleagues: QuerySet[Any] = User.objects.filter(is_staff=True).order_by("pk")[1:2]
    sent = Edition.objects.filter(frozen_at__isnull=False)
    tried = Message.objects.filter(kind=TRIAL.name, state=Message.State.SENT)
    row: dict[str, bool] = (
        # One row that there always is, since Django's content types are made with the tables.
        _one_row().values(
            institute=Exists(Institute.objects.exclude(contact_email="")),
            look=Exists(Institute.objects.filter(Q(logo__isnull=False) | ~Q(accent=""))),
            dismissed=Exists(Institute.objects.filter(set_up_dismissed_at__isnull=False)),
            list=Exists(MailingList.objects.all()),
            newsletter=Exists(Newsletter.objects.all()),
            article=Exists(Article.objects.all()),
            staff=Exists(colleagues),
            edition=Exists(Edition.objects.all()),
            sent=Exists(sent),
            tried=Exists(tried),
            subscribers=Exists(Subscriber.objects.all()),
        )[0]
    )
    return {**row, "test": row["tried"] or row["sent"]}


def is_begun(there: dict[str, bool]) -> bool:
    """Has anybody made anything here yet?"""
    return any(there[name] for name in ("institute", "look", "dismissed", "list", "newsletter", "article", "edition"))


def is_finished(there: dict[str, bool]) -> bool:
    """Nobody is reminded of the set-up after the first edition, or when they have had enough of it."""
    return there["sent"] or there["dismissed"] or all(step.done for step in list_steps(there))


def dismiss() -> None:
    institute = Institute.current()
    institute.set_up_dismissed_at = timezone.now()
    institute.save()


def _one_row() -> QuerySet[Any]:
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.order_by("pk")
