"""Is what an editor typed an address that readers can open?"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from lib.characters import controls_in
from lib.hosts import in_ascii

# RFC 3987 §4.1: no address holds characters that turn the direction of writing. They make a link look like another.
_TURNS_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_web_address(address: str) -> bool:
    """http or https, with a host that can exist, and without a user name or password: each reader would get it."""
    if controls_in(address) or _TURNS_DIRECTION.search(address):
        return False
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or "@" in parts.netloc or parts.netloc.endswith(":"):
            return False
        _port = parts.port  # raises ValueError if there can't be such a port
        return bool(in_ascii(parts.hostname or ""))
    except ValueError:
        return False


def problem_with_link(address: str) -> str:
    """A sentence; empty for a web address, a path of our own site and a mail address."""
    if "{{" in address:
        return _("Merge fields work in the links of a text, and not in this address.")
    ours = address.startswith("/") and not address.startswith("//")
    if ours or is_web_address(address) or address.lower().startswith("mailto:"):
        return ""
    return _("“%(address)s” isn't a web address: enter it in full, like https://example.org/page.") % {
        "address": address[:200]
    }
