"""What DNS says about who may send for a domain: SPF (RFC 7208), DMARC (RFC 7489), and DKIM (RFC 6376) where its
selector is known. A server that cannot be asked has not said that there is no record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from mail import return_paths

TIMEOUT = 3.0  # seconds a question, all servers together
Ask = Callable[[str], list[str]]


class Unanswered(Exception):
    """DNS could not be asked."""


@dataclass(frozen=True, slots=True)
class Domain:
    """True: there is such a record. False: there is none. None: it is not known. `spf_of` is the domain that was asked
    for SPF where it isn't the sender's: that of the envelope (RFC 7208 §2.4)."""

    name: str
    spf: bool | None = None
    dmarc: bool | None = None
    dkim: bool | None = None
    spf_of: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def texts_at(name: str) -> list[str]:
    """The TXT records at a name; none where the name does not exist. Raises `Unanswered`."""
    import dns.exception  # 4 MB, of which an installation without CHECK_DNS needs nothing
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as problem:
        raise Unanswered(str(problem)) from problem
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def look_up_domain(domain: str, ask: Ask = texts_at) -> Domain:
    selector = settings.DKIM_SELECTOR
    envelope = settings.BOUNCE_DOMAIN if return_paths.is_used() else ""
    return Domain(
        domain,
        spf=_known(lambda: _begins(ask(envelope or domain), "v=spf1")),
        spf_of=envelope,
        dmarc=_known(lambda: any(_begins(ask(f"_dmarc.{name}"), "v=dmarc1") for name in _upwards(domain))),
        dkim=_known(lambda: bool(ask(f"{selector}._domainkey.{domain}"))) if selector else None,
    )


def _known(question: Callable[[], bool]) -> bool | None:
    try:
        return question()
    except Unanswered:
        return None


def _begins(records: list[str], tag: str) -> bool:
    """Of several SPF records none counts, and so it is with DMARC."""
    return sum(record.strip().lower().split(";")[0].split(" ")[0] == tag for record in records) == 1


def _upwards(domain: str) -> list[str]:
    """The domain and those above it but the last label: a subdomain's DMARC policy may stand at its parent."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]
