"""Texts that a feed carries as Base64 (Atom 0.3's mode, Atom's media types)."""

from __future__ import annotations

import binascii
from base64 import b64decode


def base64_text(value: str) -> str | None:
    """The text; None for what isn't text, or isn't Base64."""
    try:
        return b64decode("".join(value.split()), validate=True).decode("utf-8").strip()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
