"""The answers to clicks and opens, for Django: the door answers most of them before it, in the same way."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lib.visitor_addresses import Address, one_visitor, visitor_address
from newsletters.events.clicks.links import LinkTables, read_number, read_token
from newsletters.events.clicks.spool import NETWORK, OPEN, Spool, click

# Nothing on the way may keep it, and the page that it leads to isn't told from where.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
# One transparent pixel: the smallest GIF that every program shows.
PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
PICTURE_HEADERS = {"Content-Type": "image/gif", "Content-Length": str(len(PICTURE)), **HEADERS}
tables, spool = LinkTables(), Spool()


def is_counted(do_not_track: str, privacy_control: str) -> bool:
    """Readers who ask not to be tracked (DNT, Sec-GPC) are redirected and not counted, unless a setting says else."""
    if not settings.HONOUR_DO_NOT_TRACK:
        return True
    return do_not_track.strip() != "1" and privacy_control.strip() != "1"


def rule_of_network(address: Address | None) -> str:
    """The rule that an address shows to be a machine's; empty: none. Afterwards nobody knows the address."""
    return NETWORK if address in settings.SCANNER_NETWORKS else ""


@require_safe
def follow(request: HttpRequest, token: str, number: str) -> HttpResponse:
    """Redirect to where the link leads, and note it. 404 for a link that isn't ours."""
    named, place = read_token(token), read_number(number)
    url = tables.read(named[0]).get(place) if named and place else None
    if named is None or url is None:
        raise Http404(_("This link isn't one of ours, or it was cut off."))
    _spool_event(request, named, place)
    return HttpResponse(status=302, headers={"Location": iri_to_uri(url), **HEADERS})


@require_safe
def show_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture of a mail, and note that it was loaded. 404 for a token that isn't ours."""
    named = read_token(token)
    if named is None:
        raise Http404(_("This link isn't one of ours, or it was cut off."))
    _spool_event(request, named, OPEN)
    return HttpResponse(PICTURE, headers=PICTURE_HEADERS)


def _spool_event(request: HttpRequest, named: tuple[int, int], number: int) -> None:
    meta = request.META
    if not is_counted(meta.get("HTTP_DNT", ""), meta.get("HTTP_SEC_GPC", "")):
        return
    address = visitor_address(
        meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), proxies=settings.TRUSTED_PROXIES
    )
    edition, subscriber = named
    spool.add(
        click(
            edition,
            number,
            method=request.method or "",
            visitor=one_visitor(address),
            agent=meta.get("HTTP_USER_AGENT", ""),
            subscriber=subscriber,
            seen=rule_of_network(address),
        )
    )
