"""A second person's word: ask for it, approve, return with a note. A panel beside the draft, and a page of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lib.nudging import nudge
from lib.query_numbers import read_number
from newsletters import tasks
from newsletters.admin.acting_user import acting_user
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.moments import moment_in_words
from newsletters.admin.roles import may, who_may
from newsletters.editions import approving
from newsletters.models import Approval, PreflightOverride
from subscribers.admin.reauthentication import unless_recent

ASK, DECIDE = "newsletters.add_approval", "newsletters.change_approval"


def approval_context(request: HttpRequest, page: EditionPage) -> dict[str, Any]:
    """What the panel shows, and which of its buttons are there for the visitor."""
    stands = page.standing
    person = acting_user(request)
    may_decide = may(request, DECIDE) and stands.is_asked
    zone = page.edition.newsletter.zone
    last = stands.last
    return {
        "stands": stands,
        "when_asked": moment_in_words(last.asked_at, zone) if last else "",
        "when_decided": moment_in_words(last.decided_at, zone) if last and last.decided_at else "",
        "may_ask": may(request, ASK) and not stands.is_asked and not stands.is_approved,
        "may_decide": may_decide,
        "own": may_decide and person is not None and person in approving.composers(page.edition),
        "who_may_decide": who_may(DECIDE),
    }


def show_approval(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """The panel, alone for a script that asks for it, and as a page with the mail itself for who decides."""
    alone = request.headers.get("X-Requested-With") == "panel"
    context = {"edition": page.edition, "approval": approval_context(request, page), "loaded": True}
    if not alone:
        title = _("Approval of %(edition)s") % {"edition": page.edition}
        context |= {**page.context(title), "inbox_row": page.inbox_row}
    name = "_approval" if alone else "approval"
    answer = TemplateResponse(request, f"admin/newsletters/edition/{name}.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def request_approval(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    person = acting_user(request)
    if person is not None:
        asked = approving.ask(edition, by=person)
        nudge(tasks.tell_approvers, asked.pk)
        log_to_history(request, edition, _("Requested approval."))
        messages.success(request, _("Approval requested. We've emailed the people who can approve it."))
    return HttpResponseRedirect(edition_url(edition, "approval"))


def decide(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    person, number = acting_user(request), read_number(request.POST.get("approval")) or 0
    if request.POST.get("decision") == "return":
        if person is not None:
            given = approving.give_back(edition, number, by=person, note=request.POST.get("note", ""))
            log_to_history(request, edition, _("Returned: %s") % given.note)
            messages.success(request, _("Rejected. Your note is shown beside the draft."))
        return HttpResponseRedirect(edition_url(edition, "approval"))
    if (question := unless_recent(request)) is not None:
        return question
    if person is not None:
        approving.approve(edition, number, by=person)
        log_to_history(request, edition, _("Approved."))
        messages.success(request, _("Approved. It can be sent as long as nothing in it changes."))
    return HttpResponseRedirect(edition_url(edition, "approval"))


def decisions_on(page: EditionPage) -> list[str]:
    """For the page of what was sent: who stood behind this content, and who overrode what, in sentences."""
    edition, seen, zone = page.edition, page.fingerprint, page.edition.newsletter.zone
    approvals = Approval.objects.filter(edition=edition, state=Approval.State.APPROVED, fingerprint=seen)
    overrides = PreflightOverride.objects.filter(edition=edition, fingerprint=seen)
    return [
        *(
            _("Approved by %(who)s on %(when)s.")
            % {"who": each.decided_by_name, "when": moment_in_words(each.decided_at, zone)}
            for each in approvals
            if each.decided_at
        ),
        *(
            _("%(who)s overrode preflight: “%(reason)s” (%(when)s).")
            % {"who": each.by_name, "reason": each.reason, "when": moment_in_words(each.at, zone)}
            for each in overrides
        ),
    ]
