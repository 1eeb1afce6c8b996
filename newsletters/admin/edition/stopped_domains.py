"""Domains that refuse an edition: said on its page, with a button to send it there after all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.delivery.limits import stopped_domains


def resume(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition, domain = page.edition, request.POST.get("domain", "")
    if domain not in {stopped.domain for stopped in stopped_domains.stopped_of(edition.pk)}:
        messages.warning(request, _("This domain isn't stopped any more."))
        return HttpResponseRedirect(edition_url(edition))
    count = stopped_domains.resume(edition.pk, domain, by=acting_name(request))
    sentence = ngettext(
        "Sending to %(domain)s has resumed. %(count)s reader was waiting.",
        "Sending to %(domain)s has resumed. %(count)s readers were waiting.",
        count,
    ) % {"domain": domain, "count": f"{count:,}"}
    log_to_history(request, edition, sentence)
    messages.success(request, sentence)
    return HttpResponseRedirect(edition_url(edition))
