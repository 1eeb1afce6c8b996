"""An edition that the schedule drafted ahead: what happens at its date without a word, and the page that skips it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import SEND, EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.moments import moment_in_words, yours_in_words
from newsletters.admin.roles import may
from newsletters.editions.schedule import drafted
from newsletters.editions.transitions import Refused
from newsletters.models import Edition, Newsletter


def drafted_context(request: HttpRequest, page: EditionPage) -> dict[str, Any]:
    """For the page of a draft; nothing for one that no schedule drafted, or whose date has come."""
    edition = page.edition
    occurrence = edition.occurrence
    if occurrence is None or occurrence.draft_revision is None or edition.status != Edition.Status.DRAFT:
        return {}
    zone = edition.newsletter.zone
    return {
        "drafted_for": _without_a_word(page) % {"when": moment_in_words(occurrence.due_at, zone)},
        "drafted_yours": yours_in_words(occurrence.due_at, zone),
        "may_skip": may(request, SEND),
    }


def _without_a_word(page: EditionPage) -> str:
    newsletter = page.edition.newsletter
    if newsletter.mode == Newsletter.Mode.AUTOMATIC and not page.standing.may_go_out:
        return _("Drafted by the schedule. It goes out on %(when)s, if it has been approved by then.")
    if newsletter.mode == Newsletter.Mode.AUTOMATIC:
        return _("Drafted by the schedule. It goes out on %(when)s, as it is then, unless you skip it.")
    if newsletter.mode == Newsletter.Mode.DROP:
        return _("Drafted by the schedule. It is dropped on %(when)s, unless somebody sends it or works on it.")
    return _("Drafted by the schedule for %(when)s. It waits until somebody sends it.")


def warn_if_changed(request: HttpRequest, page: EditionPage) -> None:
    """On a page to which a mail led: whether the edition is still what the mail showed."""
    seen = request.GET.get("seen", "")
    if request.method == "GET" and seen and seen != page.fingerprint:
        messages.warning(request, _("This edition has changed since that email was written. This is what it is now."))


def skip(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    if drafted.awaiting(edition) is None:
        raise Refused(_("It was sent or skipped before, or its date has passed."))
    if request.method == "POST":
        name = str(edition.newsletter)
        if drafted.skip(edition, by=acting_name(request), fingerprint=request.POST.get("fingerprint", "")):
            messages.success(request, _("%s is skipped this time. Its articles are new again.") % name)
            return HttpResponseRedirect(reverse("admin:newsletters_edition_changelist"))
        messages.success(request, _("%s is skipped this time. The draft stays, since somebody worked on it.") % name)
        return HttpResponseRedirect(edition_url(edition))
    warn_if_changed(request, page)
    context = {
        **page.context(_("Skip %(newsletter)s") % {"newsletter": edition.newsletter.name}),
        **drafted_context(request, page),
        "fingerprint": page.fingerprint,
        "inbox_row": page.inbox_row,
    }
    return TemplateResponse(request, "admin/newsletters/edition/skip.html", context)
