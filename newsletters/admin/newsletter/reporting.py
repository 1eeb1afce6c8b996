"""The report of a newsletter: its page and its file."""

from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lib import csv_download
from newsletters.admin.roles import require
from newsletters.models import Newsletter
from newsletters.reports.newsletter_report import report_newsletter
from newsletters.reports.showing_newsletter import newsletter_page_of
from newsletters.reports.tables import newsletter_rows


def _newsletter(request: HttpRequest, pk: int) -> Newsletter:
    require(request, "newsletters.view_newsletter", _("View a newsletter"))
    require(request, "newsletters.view_edition", _("View an edition"))
    newsletter = Newsletter.objects.select_related("mailing_list").filter(pk=pk).first()
    if newsletter is None:
        raise Http404(_("This newsletter doesn't exist."))
    return newsletter


def show_newsletter_report(request: HttpRequest, pk: int) -> HttpResponse:
    newsletter = _newsletter(request, pk)
    context = {
        **admin.site.each_context(request),
        **newsletter_page_of(report_newsletter(newsletter)),
        "title": _("Report of %(newsletter)s") % {"newsletter": newsletter},
        "opts": Newsletter._meta,
        "newsletter": newsletter,
    }
    return TemplateResponse(request, "admin/newsletters/newsletter/report.html", context)


def download_newsletter_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    newsletter = _newsletter(request, pk)
    return csv_download.attachment(newsletter_rows(report_newsletter(newsletter)), f"{newsletter.slug}-report.csv")
