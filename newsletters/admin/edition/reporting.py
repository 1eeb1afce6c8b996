"""The report of an edition: its page, its file, and the picture of the mail with the clicks in it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lib import csv_download
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.models import Edition
from newsletters.reports import showing
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
    }
    return TemplateResponse(request, "admin/newsletters/edition/report.html", context)


def download(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    return csv_download.attachment(edition_rows(_found(edition)), f"{edition.slug or edition.pk}-report.csv")


def show_click_map(request: HttpRequest, page: EditionPage) -> HttpResponse:
    return frame_with_clicks(page.edition, _found(page.edition).links)
