"""Who is asking, as a request says it, and what a consent record keeps of a visit."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from lib.visitor_addresses import Address, one_visitor, visitor_address
from subscribers import languages

HIDDEN = "…"


@dataclass(frozen=True)
class Visit:
    """Where consent was given. Empty for what happens without a browser (staff, imports)."""

    page: str = ""
    ip: str | None = None
    user_agent: str = ""
    language: str = ""  # of the page, and so of the words that were agreed to
    origin: str = ""  # what led to the form (`subscribers.signup.origins`)


def client_address(request: HttpRequest) -> Address | None:
    """The visitor's address; None where it cannot be known (a unix socket, and no proxy that says it)."""
    return visitor_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def visitor_network(request: HttpRequest) -> str | None:
    """What counts as one visitor, written as an address: of IPv6 the first of the /64. django-axes asks here, too."""
    address = client_address(request)
    return one_visitor(address).partition("/")[0] if address else None


def visit_of(request: HttpRequest) -> Visit:
    address = client_address(request)
    return Visit(
        page=_page(request)[:500],
        ip=str(address) if address else None,
        user_agent=request.headers.get("User-Agent", "").replace("\x00", "")[:300],
        language=languages.spoken(),
    )


def _page(request: HttpRequest) -> str:
    """The path. Without the token of a mailed link: who reads the records could open that person's pages with it."""
    match = request.resolver_match
    token = match.kwargs.get("token", "") if match else ""
    return request.path.replace(token, HIDDEN) if token else request.path
