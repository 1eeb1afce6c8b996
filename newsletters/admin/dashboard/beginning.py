"""An installation in which nothing was sent yet: what to do first, each step with its place, and whether it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.admin.roles import may
from newsletters.admin.set_up.steps import SetUpStep, is_finished, list_steps, may_set_up, what_there_is


@dataclass(frozen=True, slots=True)
class FirstTask:
    """What is left when the installation is set up: to write, and to compose."""

    title: str
    why: str
    address: str
    done: bool


def context(request: HttpRequest) -> dict[str, Any]:
    """One query. `set_up` is what is left of the set-up, for an owner; None when there is nothing to be reminded of."""
    there = what_there_is()
    return {"steps": _tasks(request, there), "set_up": _set_up(request, there)}


def _set_up(request: HttpRequest, there: dict[str, bool]) -> list[SetUpStep] | None:
    if is_finished(there) or not may_set_up(request):
        return None
    return list_steps(there)


def _tasks(request: HttpRequest, there: dict[str, bool]) -> list[FirstTask]:
    """Those that the visitor may do; none once there was an edition, or when all are done."""
    if there["edition"]:
        return []
    possible = (
        ("newsletters.add_newsletter", "newsletter", _("Set up a newsletter"),
         _("Sender, design, schedule, and which articles go in."), reverse("admin:newsletters_newsletter_add")),
        ("newsletters.add_article", "article", _("Write an article"),
         _("It appears on the site at once and goes into the next edition."),
         reverse("admin:newsletters_article_add")),
        ("newsletters.add_edition", "edition", _("Compose the first edition"),
         _(
             "Choose and order articles, preview, and send yourself a test. Nothing goes out until you "
             "confirm it."
         ),
         reverse("admin:newsletters_edition_add")),
    )  # fmt: skip
    in_set_up = {"newsletter"} if may_set_up(request) and not is_finished(there) else set()
    found = [
        FirstTask(title, why, address, there[name]) for permission, name, title, why, address in possible
        if name not in in_set_up and may(request, permission)
    ]  # fmt: skip
    return [] if all(task.done for task in found) else found
