"""Where the links and pictures of a mail lead, as far as the addresses themselves say it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from newsletters.rendering.checking.document import Document
from newsletters.rendering.checking.faults import Fault

# They hide where a link leads, so filters distrust them, and they may lead elsewhere tomorrow.
SHORTENERS = frozenset({
    "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "dlvr.it", "fb.me", "goo.gl", "ht.ly", "is.gd", "j.mp", "lnkd.in",
    "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "t.co", "t.ly", "t1p.de", "tiny.cc", "tinyurl.com",
    "trib.al", "v.gd", "wp.me", "kurzelinks.de",
})  # fmt: skip
_OPENABLE = ("http://", "https://", "mailto:", "tel:")
_ATTRIBUTES = (("a", "href"), ("area", "href"), ("img", "src"), ("body", "background"), ("table", "background"),
               ("td", "background"))  # fmt: skip


def check(document: Document) -> Iterator[Fault]:
    for tag, attribute in _ATTRIBUTES:
        for element in document.all(tag):
            address = element.get(attribute)
            if address is not None and (fault := _fault(address.strip(), picture=attribute != "href")):
                yield fault
    for tag in ("link", "script", "iframe", "form", "object", "embed", "video", "audio"):
        if document.all(tag):
            yield Fault("element", _("The email contains a <%s>, which email clients remove.") % tag, certain=True)
    if any(image.get("srcset") for image in document.all("img")):
        yield Fault("element", _("A picture has a srcset, which email clients ignore."))


def targets_of(document: Document) -> list[str]:
    """The addresses that the mail links to, each once, in order and byte for byte."""
    found = dict.fromkeys(link.get("href", "") for link in document.all("a", "area"))
    return [address for address in found if address.lower().startswith(_OPENABLE)]


def is_own(address: str) -> bool:
    """Does it lead to this installation's site?"""
    return address == settings.SITE_URL or address.startswith(f"{settings.SITE_URL}/")


def _fault(address: str, *, picture: bool) -> Fault | None:
    scheme = _scheme(address)
    if is_own(address) or (scheme in {"mailto", "tel"} and not picture):
        return None  # where our own site stands is not the mail's matter
    host = (urlsplit(address).hostname or "").rstrip(".").lower() if scheme in {"http", "https"} else ""
    if not host:
        return Fault("link", _nowhere(address), address, certain=True)
    return _distrusted(address, scheme or "", host)


def _distrusted(address: str, scheme: str, host: str) -> Fault | None:
    if _only_here(host):
        sentence = _("“%s” leads to a machine that isn't on the public internet.") % address
        return Fault("link_private", sentence, address, certain=True)
    if scheme == "http":
        return Fault("link_http", _("“%s” isn't encrypted. Use https://.") % address, address, certain=True)
    if host.removeprefix("www.") in SHORTENERS:
        return Fault("shortener", _("“%s” is a shortened link. Link to the page itself.") % address, address)
    return None


def _nowhere(address: str) -> str:
    if not address:
        return _("A link has no address.")
    return _("The link “%s” doesn't work in an email. Write the full address, with https://.") % address[:100]


def _scheme(address: str) -> str | None:
    """In lower case, empty for a relative address, None for what is no address."""
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:
        return None


def _only_here(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
