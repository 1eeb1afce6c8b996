"""“Use as welcome”: what is saved of a draft becomes the email that people get who join the list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.editions import list_welcomes
from newsletters.editions.transitions import Refused


def use_as_welcome(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    language = request.POST.get("language", "")[:16]
    try:
        welcome = list_welcomes.use_as_welcome(page, language, by=acting_name(request))
    except Refused as problem:
        messages.error(request, _("It can't be the welcome yet. %s") % problem)
        return HttpResponseRedirect(edition_url(edition) + "#welcome")
    words = {"list": welcome.mailing_list, "language": list_welcomes.language_in_words(welcome.language)}
    log_to_history(request, edition, _("Chosen as the welcome to %(list)s (%(language)s).") % words)
    messages.success(request, _("From now on, this email welcomes people who join %(list)s.") % words)
    return HttpResponseRedirect(welcome.admin_url)
