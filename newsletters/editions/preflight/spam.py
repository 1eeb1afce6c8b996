"""SpamAssassin's judgement, where the environment's SPAMD names its daemon. Its protocol is three lines of text."""

from __future__ import annotations

import re
import socket
from typing import Any

from django.conf import settings

TIMEOUT = 20.0  # seconds: it may ask DNS itself
_ANSWER = re.compile(rb"^Spam: *(\w+) *; *(-?[\d.]+) */ *(-?[\d.]+)", re.MULTILINE | re.IGNORECASE)


def score(message: bytes) -> dict[str, Any]:
    """`score`, `limit` and the names of the `rules` that hit; or the `problem` of asking; or nothing."""
    if not settings.SPAMD:
        return {}
    try:
        with socket.create_connection(settings.SPAMD, timeout=TIMEOUT) as connection:
            connection.sendall(b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(message) + message)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as problem:
        return {"problem": f"We couldn't reach SpamAssassin: {problem}"}
    if not (found := _ANSWER.search(answer)):
        return {"problem": "SpamAssassin gave an answer we don't understand."}
    rules = answer.partition(b"\r\n\r\n")[2].decode("ascii", "replace").strip()
    return {"score": float(found[2]), "limit": float(found[3]), "rules": [r for r in rules.split(",") if r][:30]}
