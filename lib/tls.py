"""Who is believed when we connect by TLS: the certificate authorities of this machine.

Reading them takes 30 ms of processor time, as much as 500 mails: once for each connection would be most of what a
server costs that hangs up after every few mails.
"""

from __future__ import annotations

import functools
import os
import ssl
import time

KEPT_SECONDS = 3600  # then read again, since the machine's authorities are brought up to date while we run


def client_context() -> ssl.SSLContext:
    """For connections that we open, with the name and the certificate checked. Shared: nobody may change it."""
    files = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))  # what OpenSSL itself looks at
    return _context(files, int(time.monotonic() // KEPT_SECONDS))


@functools.lru_cache(maxsize=1)
def _context(files: tuple[str | None, str | None], hour: int) -> ssl.SSLContext:
    del files, hour  # they say when to read again
    return ssl.create_default_context()
