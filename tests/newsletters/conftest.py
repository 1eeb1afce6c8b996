"""Return paths are in use."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from iria import env


@pytest.fixture
def return_paths(settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example")
