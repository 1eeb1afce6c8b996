"""Domains of services that give out mailboxes for some minutes, as the package `disposable-email-domains` lists them.

Loaded when it is first asked, since it takes a megabyte that most installations never need.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def is_disposable(email: str) -> bool:
    """Whether its domain, or one that it lies in, is listed; `email` is normalised."""
    parts = email.rpartition("@")[2].split(".")
    return any(".".join(parts[first:]) in _listed() for first in range(len(parts) - 1))
