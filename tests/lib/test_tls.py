"""Certificate authorities are read once for all connections, and again when they may have changed."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest

from lib import tls

CERTIFICATE = Path(__file__).parents[1] / "localhost.pem"


def test_connections_share_what_was_read_and_check_names_and_certificates() -> None:
    context = tls.client_context()
    assert tls.client_context() is context
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_other_files_and_another_hour_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tls.client_context()
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    theirs = tls.client_context()
    assert theirs is not first
    assert theirs.get_ca_certs()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + tls.KEPT_SECONDS)
    assert tls.client_context() is not theirs
