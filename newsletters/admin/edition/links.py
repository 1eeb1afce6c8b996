"""Where the counted links of an edition lead, and a form to mend one after sending: a GET shows, a POST mends."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import SEND, EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.roles import may, require
from newsletters.events.clicks import mending
from newsletters.models import CountedLink, Edition, MendedLink

SHOWN = 200  # of its mended links, the newest


def show_links(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    wrong: dict[int, tuple[str, str]] = {}  # what was typed and what is wrong with it, by number
    if request.method == "POST":
        require(request, SEND, _("Fix a link"))
        number = read_number(request.POST.get("number", "")) or 0
        address = request.POST.get("address", "").strip()
        try:
            return _mend(request, edition, number, address)
        except mending.UnusableAddress as problem:
            wrong[number] = address, str(problem)
    links = [
        {"link": link, "typed": wrong.get(link.number, (link.url, ""))[0], "wrong": wrong.get(link.number, ("", ""))[1]}
        for link in edition.links.order_by("number")
    ]
    mended = MendedLink.objects.filter(edition=edition).order_by("-pk")[:SHOWN]
    context = {
        **page.context(_("Links")),
        "links": links,
        "mended": mended,
        "may_mend": may(request, SEND),
    }
    return TemplateResponse(request, "admin/newsletters/edition/links.html", context, status=400 if wrong else 200)


def _mend(request: HttpRequest, edition: Edition, number: int, address: str) -> HttpResponseBase:
    try:
        mended = mending.mend(edition.pk, number, address, by=acting_name(request))
    except CountedLink.DoesNotExist:
        messages.error(request, _("This edition has no such link. Choose one from the list."))
    else:
        if mended is None:
            messages.info(request, _("This link leads there already."))
        else:
            log_to_history(request, edition, _("Link %(number)d now leads to %(address)s, before to %(before)s.") % {
                "number": number, "address": mended.after, "before": mended.before,
            })  # fmt: skip
            messages.success(
                request,
                _("Link %(number)d leads to %(address)s within seconds, also from emails that were sent.")
                % {"number": number, "address": mended.after},
            )
    return HttpResponseRedirect(edition_url(edition, "links"))
