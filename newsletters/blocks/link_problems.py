"""Is what an editor typed an address that readers can open?"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext as _


def is_web_address(address: str) -> bool:
    """http or https, with a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def problem_with_link(address: str) -> str:
    """A sentence; empty for a web address, a path of our own site and a mail address."""
    ours = address.startswith("/") and not address.startswith("//")
    if ours or is_web_address(address) or address.lower().startswith("mailto:"):
        return ""
    return _("“%(address)s” isn't a web address: enter it in full, like https://example.org/page.") % {
        "address": address[:200]
    }
