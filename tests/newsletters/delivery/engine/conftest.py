"""A mail service that a test speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from mail.esp import backend
from tests.mail.esp.mail_service import MailService, Says

NOW = datetime(2026, 3, 3, 14, 3, 12, tzinfo=UTC).timestamp()
POSTMARK = "anymail.backends.postmark.EmailBackend"
UNTIL = "The email service asks us to wait until {} UTC."


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailService]:
    """Anymail's backend for Postmark leads there; by its wall clock it is 14:03:12."""
    monkeypatch.setattr(backend, "time", SimpleNamespace(time=lambda: NOW))
    with MailService() as service:
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": service.url,
            "MANDRILL_API_KEY": "secret", "MANDRILL_API_URL": service.url,
            "REQUESTS_TIMEOUT": 20,
        }  # fmt: skip
        yield service


def asks(status: int, retry_after: str | None) -> Says:
    return Says(status, {} if retry_after is None else {"Retry-After": retry_after})
