"""The answer to a click, for Django: the door answers most of them before it, in the same way."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lib.visitor_addresses import one_visitor, visitor_address
from newsletters.events.clicks.links import LinkTables, read_edition, read_number
from newsletters.events.clicks.spool import Spool, click

# Nothing on the way may keep it, and the page that it leads to isn't told from where.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
tables, spool = LinkTables(), Spool()


def is_counted(do_not_track: str, privacy_control: str) -> bool:
    """Readers who ask not to be tracked (DNT, Sec-GPC) are redirected and not counted."""
    return do_not_track.strip() != "1" and privacy_control.strip() != "1"


@require_safe
def follow(request: HttpRequest, token: str, number: str) -> HttpResponse:
    """Redirect to where the link leads, and note it. 404 for a link that isn't ours."""
    edition, place = read_edition(token), read_number(number)
    url = tables.read(edition).get(place) if edition and place else None
    if edition is None or url is None:
        raise Http404(_("This link isn't one of ours, or it was cut off."))
    meta = request.META
    if is_counted(meta.get("HTTP_DNT", ""), meta.get("HTTP_SEC_GPC", "")):
        address = visitor_address(
            meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), proxies=settings.TRUSTED_PROXIES
        )
        agent = meta.get("HTTP_USER_AGENT", "")
        spool.add(click(edition, place, method=request.method or "", visitor=one_visitor(address), agent=agent))
    return HttpResponse(status=302, headers={"Location": iri_to_uri(url), **HEADERS})
