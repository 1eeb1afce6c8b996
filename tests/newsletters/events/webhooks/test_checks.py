"""`manage.py check` says when a mail service can't tell us of bounces."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from iria import env
from newsletters.events.webhooks import services
from newsletters.events.webhooks.checks import NOT_SET_UP, WEAK_SECRET, check_webhooks
from newsletters.events.webhooks.service import Direction, NotSetUp
from tests.newsletters.events.webhooks.conftest import SetUp
from tests.newsletters.events.webhooks.payloads import TELLERS
from tests.processes import ROOT


@pytest.mark.parametrize("service", sorted(TELLERS))
def test_a_service_that_is_set_up_is_fine_and_one_that_is_not_is_named(
    service: str, set_up: SetUp, settings: Settings
) -> None:
    set_up(service)
    assert check_webhooks() == []
    settings.ANYMAIL, settings.SNS_TOPICS = {}, []
    (said,) = check_webhooks()
    assert said.id == NOT_SET_UP
    assert f"/webhooks/{service}/tracking/" in (said.hint or "")
    assert f"anymail.backends.{service}.EmailBackend" in said.msg


def test_smtp_and_services_without_webhooks_need_none(settings: Settings) -> None:
    assert check_webhooks() == []
    settings.ANYMAIL = {}
    for backend in ("anymail.backends.scaleway.EmailBackend", "django.core.mail.backends.console.EmailBackend"):
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", backend)
        assert check_webhooks() == []


@pytest.mark.parametrize(
    "secret",
    [
        "a-long-name-of-a-user:short",
        "a-secret-that-has-no-colon-in-it",
        "webhooks:" + "a" * 30,
        "webhooks:fifteen-letters"[:-1],
    ],
)
def test_a_weak_password_is_an_error_that_does_not_say_it_and_opens_nothing(secret: str, settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": secret}
    (said,) = check_webhooks()
    assert (said.id, said.is_serious()) == (WEAK_SECRET, True)
    assert secret not in f"{said.msg} {said.hint}"
    with pytest.raises(NotSetUp, match="ANYMAIL_WEBHOOK_SECRET"):
        services.service_named("postmark", Direction.TRACKING)


def test_the_line_of_the_example_protects_nothing_as_it_stands(settings: Settings) -> None:
    """Everybody knows it."""
    (line,) = re.findall("^# ANYMAIL_WEBHOOK_SECRET='(.*)'$", (ROOT / "deploy/iria.env.example").read_text(), re.M)
    settings.ANYMAIL = {"WEBHOOK_SECRET": line}
    with pytest.raises(NotSetUp, match="Set ANYMAIL_WEBHOOK_SECRET"):
        services.service_named("postmark", Direction.TRACKING)
