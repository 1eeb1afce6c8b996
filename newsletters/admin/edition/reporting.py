"""The report of an edition: its page, its file, and the picture of the mail with the clicks in it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lib import csv_download
from lib.dates import in_local_words
from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.models import Edition
from newsletters.reports import sharing, showing
from newsletters.reports.click_map import frame_with_clicks
from newsletters.reports.edition_report import EditionReport, report_edition
from newsletters.reports.tables import edition_rows


def _found(edition: Edition) -> EditionReport:
    found = report_edition(edition)
    if found is None:
        raise Http404(_("This edition hasn't begun to go out, so there is nothing to report."))
    return found


def show_report(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    found = _found(edition)
    context = {
        **page.context(_("Report of %(edition)s") % {"edition": edition}),
        **showing.page_of(found),
        "map_url": edition_url(edition, "report_map"),
        **_shared(edition),
    }
    return TemplateResponse(request, "admin/newsletters/edition/report.html", context)


def download(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    return csv_download.attachment(edition_rows(_found(edition)), f"{edition.slug or edition.pk}-report.csv")


def show_click_map(request: HttpRequest, page: EditionPage) -> HttpResponse:
    return frame_with_clicks(page.edition, _found(page.edition).links)


# --- Private links ------------------------------------------------------------------------------------------------
def _shared(edition: Edition) -> dict[str, Any]:
    links = edition.shared_reports.that_open()[: sharing.MOST_OPEN]
    return {
        "shared": [
            {"id": each.pk, "url": sharing.shared_url(each), "until": in_local_words(each.expires_at),
             "by": each.created_by}
            for each in links
        ],
        "share_days": sharing.DAYS,
        "usual_days": sharing.USUAL_DAYS,
    }  # fmt: skip


def share(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    try:
        made = sharing.share_report(edition, days=read_number(request.POST.get("days")) or 0, by=acting_name(request))
    except sharing.CantShare as why:
        messages.error(request, str(why))
        return HttpResponseRedirect(edition_url(edition, "report") if edition.frozen_at else edition_url(edition))
    until = in_local_words(made.expires_at)
    log_to_history(request, edition, _("Shared the report by a private link until %(until)s.") % {"until": until})
    messages.success(request, _("The link works until %(until)s. Copy it below.") % {"until": until})
    return HttpResponseRedirect(edition_url(edition, "report") + "#share")


def revoke(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    if sharing.revoke_report(edition, read_number(request.POST.get("link")) or 0, by=acting_name(request)):
        log_to_history(request, edition, _("Revoked a private link to the report."))
        messages.success(request, _("The link doesn't work any more."))
    else:
        messages.error(request, _("This link had ended already."))
    return HttpResponseRedirect(edition_url(edition, "report") if edition.frozen_at else edition_url(edition))
