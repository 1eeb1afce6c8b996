"""Who is asking: the client's address behind trusted proxies, and what a consent record keeps of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

from subscribers import languages


@dataclass(frozen=True)
class Visit:
    """Where consent was given. Empty for what happens without a browser (staff, imports)."""

    page: str = ""
    ip: str | None = None
    user_agent: str = ""
    language: str = ""  # of the page, and so of the words that were agreed to


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:4711
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:4711
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The visitor's address: the peer, or with TRUSTED_PROXIES = n the n-th entry from the right of X-Forwarded-For.

    What stands further left was written by the visitor and is never believed. A header shorter than that, or one
    that is no address, falls back to the peer.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return peer
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(hops) < settings.TRUSTED_PROXIES:
        return peer
    return _parsed(hops[-settings.TRUSTED_PROXIES]) or peer


def visit_of(request: HttpRequest) -> Visit:
    address = client_address(request)
    return Visit(
        page=request.path[:500],
        ip=str(address) if address else None,
        user_agent=request.headers.get("User-Agent", "").replace("\x00", "")[:300],
        language=languages.spoken(),
    )
