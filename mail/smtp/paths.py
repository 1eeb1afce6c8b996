"""Addresses as MAIL and RCPT say them: the paths of RFC 5321 §4.1.2."""

from __future__ import annotations

import re
from functools import lru_cache

from lib.addresses import with_ascii_domain
from mail.transport import Unbuildable

_USUAL = re.compile(r"[A-Za-z0-9._+-]+@[a-z0-9.-]+")  # nothing has to be changed, and nothing can go wrong


def recipient_path(address: str) -> str:
    """The domain in ASCII. Raises `Unbuildable` for an address that could say something of its own to the server."""
    if _USUAL.fullmatch(address):
        return address
    if not address.isprintable() or " " in address or "<" in address or ">" in address:
        raise Unbuildable(f"“{address}” isn't an address we can send email to")
    return with_ascii_domain(address)


sender_path = lru_cache(maxsize=16)(recipient_path)  # the same for a whole edition
