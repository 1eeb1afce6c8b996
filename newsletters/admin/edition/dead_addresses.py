"""Addresses that a server said don't exist, too many at once to be believed: a person decides of all of them.

A GET says what is known and what each decision does; a POST decides, after a look at how many there are now.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.roles import may
from newsletters.delivery.ledger import dead_addresses
from newsletters.models import DeadAddress, Edition
from subscribers.admin.reauthentication import unless_recent

PERMISSION = "subscribers.suppress_subscriber"
State = DeadAddress.State


def context_of(request: HttpRequest, edition: Edition) -> dict[str, Any]:
    """For the page of an edition: how many are held, and how many were suppressed because of it."""
    counts = dead_addresses.count_by_state(edition.pk)
    return {
        "held": counts.get(State.HELD, 0),
        "suppressed": counts.get(State.SUPPRESSED, 0),
        "may_decide": may(request, PERMISSION),
    }


def show(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    if request.method == "POST":
        return unless_recent(request) or _decide(request, edition)
    title = _("Addresses that don't exist, says the mail server")
    context = {
        **page.context(title),
        **context_of(request, edition),
        "usual": _usual(edition),
        "may_see_ledger": may(request, "newsletters.view_delivery"),
    }
    return TemplateResponse(request, "admin/newsletters/edition/dead_addresses.html", context)


def _usual(edition: Edition) -> str:
    share = dead_addresses.usual_share(edition.pk)
    return "" if share is None else f"{100 * share:.1f}%"


def _decide(request: HttpRequest, edition: Edition) -> HttpResponseBase:
    decision, by = request.POST.get("decision"), acting_name(request)
    if decision == "suppress":
        count = dead_addresses.suppress_held(edition.pk, by=by)
        done = ngettext("%s address suppressed.", "%s addresses suppressed.", count)
    elif decision == "keep":
        count = dead_addresses.keep_all(edition.pk, by=by)
        done = ngettext("%s address kept. Nobody is suppressed because of this edition.",
                        "%s addresses kept. Nobody is suppressed because of this edition.", count)  # fmt: skip
    else:
        messages.error(request, _("Choose whether to suppress or to keep these addresses."))
        return HttpResponseRedirect(edition_url(edition, "dead-addresses"))
    sentence = done % f"{count:,}"
    if count:
        log_to_history(request, edition, sentence)
    (messages.success if count else messages.warning)(request, sentence)
    return HttpResponseRedirect(edition_url(edition))
