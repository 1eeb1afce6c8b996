"""Sets of networks: is an address in one of them? A look into a table for each length of prefix, however many there
are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

WIDEST = {4: 8, 6: 19}  # prefixes that are shorter hold a good part of the internet


class BadNetwork(ValueError):
    """The message says what is wrong, to be put behind the network."""


class Networks:
    """Of IPv4 and IPv6, from texts such as 192.0.2.0/24. Raises `BadNetwork`."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._prefixes: defaultdict[tuple[int, int], set[int]] = defaultdict(set)  # by version and bits behind
        for text in texts:
            try:
                network = ip_network(text)
            except ValueError as problem:
                raise BadNetwork(
                    "has bits set behind its prefix" if "host bits" in str(problem) else "isn't a network"
                ) from None
            if network.prefixlen < WIDEST[network.version]:
                raise BadNetwork(f"is too wide: /{WIDEST[network.version]} is the widest")
            behind = network.max_prefixlen - network.prefixlen
            self._prefixes[network.version, behind].add(int(network.network_address) >> behind)

    def __contains__(self, address: IPv4Address | IPv6Address | None) -> bool:
        if address is None:
            return False
        number = int(address)
        return any(
            version == address.version and number >> behind in found
            for (version, behind), found in self._prefixes.items()
        )
