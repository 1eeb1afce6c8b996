"""Who is asking: the visitor's address behind trusted proxies. The door, the limits, log-in and records ask here.

What a visitor writes into `X-Forwarded-For` is never believed: only the entries that our own proxies added.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
_LONGEST = 100  # characters of an entry that are looked at; a longer one is no address


def parse_address(text: str) -> Address | None:
    """An address with or without a port, as sockets and proxies write it; None for anything else."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
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


def visitor_address(peer: str, forwarded_for: str, *, proxies: int) -> Address | None:
    """The peer, or with n trusted proxies the n-th entry from the right of X-Forwarded-For.

    What stands further left was written by the visitor and is never believed. A header shorter than that, or one
    that is no address, falls back to the peer.
    """
    behind = believed_entry(forwarded_for, proxies=proxies)
    return (parse_address(behind) if behind else None) or parse_address(peer)


def believed_entry(forwarded_for: str, *, proxies: int) -> str:
    """The entry that our outermost proxy added, of at most one character more than an address may have; empty where
    there is none."""
    if not proxies:
        return ""
    hops = forwarded_for.rsplit(",", proxies)
    return hops[-proxies].strip()[: _LONGEST + 1] if len(hops) >= proxies else ""


def one_visitor(address: Address | None) -> str:
    """What counts as one visitor: the address, or of IPv6 its /64, which a household or an attacker has for free."""
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
