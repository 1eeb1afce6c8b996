"""Host names: the one spelling that DNS, headers and browsers use, and which of them lead to this machine only."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna

LONGEST = 253  # characters, RFC 1035 §2.3.4 without the root's dot
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")  # underscores occur in names of containers


class BadHost(ValueError):
    """Neither a host name nor an IP address."""


def in_ascii(host: str) -> str:
    """Lower case, A-labels (IDNA 2008, RFC 5891, case mapped as browsers do by UTS 46), without the root's dot.

    An IP address comes back in its shortest form, IPv6 without brackets. Raises `BadHost`.
    """
    if len(host) > LONGEST + 1:
        raise BadHost(f"a host name has at most {LONGEST} characters")
    host = host.strip().lower()
    if (address := _address(host)) is not None:
        return str(address)
    host = host.removesuffix(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise BadHost("not a host name") from None
    if len(host) > LONGEST or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise BadHost("not a host name")
    if host.rpartition(".")[2].isdigit():  # 10.0.0.256, 127.1: programs disagree about what that is
        raise BadHost("not an IP address")
    return host


def in_url(host: str) -> str:
    """As an address holds it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def is_domain(host: str) -> bool:
    """Whether mail could have it behind the @: a name of several labels, and no IP address."""
    return "." in host and _address(host) is None


def is_loopback(host: str) -> bool:
    """Whether it leads to this machine, and no further, by its very name."""
    host = host.lower().removesuffix(".")
    address = _address(host)
    if address is not None:
        return address.is_loopback
    return host in {"localhost", "ip6-localhost", "ip6-loopback"} or host.endswith(".localhost")


def address_literal(host: str) -> str | None:
    """As EHLO and addresses hold an IP address (RFC 5321 §4.1.3); None for a name."""
    address = _address(host)
    if address is None:
        return None
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return ip_address(host)
    except ValueError:
        return None
