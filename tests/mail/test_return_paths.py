"""An envelope sender for each mail: nobody else can make one, servers may fold its case, and it always fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from iria import env
from mail.checks import NO_EFFECT, check_bounce_domain
from mail.return_paths import MOST, Returned, ReturnPath, edition_paths, message_path, read_return_path
from mail.smtp.paths import sender_path

SENDER = "news@iria.example"
numbers = st.integers(0, MOST)


@pytest.fixture(autouse=True)
def domain(settings: Settings) -> str:
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example")
    return "bounce.iria.example"


def path(edition: int = 31, subscriber: int = 172_980) -> str:
    return edition_paths(edition, SENDER)(subscriber)


same_settings = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_settings
@given(numbers, numbers)
def test_what_it_says_is_read_from_it_in_any_case_and_it_always_fits(edition: int, subscriber: int) -> None:
    for address, meant in (
        (path(edition, subscriber), ReturnPath(Returned.EDITION, edition, subscriber)),
        (message_path(edition, SENDER), ReturnPath(Returned.MESSAGE, edition)),
    ):
        local, _at, domain = address.partition("@")
        assert re.fullmatch(r"[a-z0-9-]{1,64}", local)
        assert domain == "bounce.iria.example"
        assert read_return_path(address) == read_return_path(address.upper()) == meant
        assert sender_path(address) == address


@same_settings
@given(st.integers(0, 63), st.sampled_from("0123456789abcdefem-"))
def test_no_other_is_believed(at: int, letter: str) -> None:
    address = path()
    changed = address[:at] + letter + address[at + 1 :]
    local = address.partition("@")[0]
    if changed.partition("@")[0] != local:
        assert read_return_path(changed) is None


@same_settings
@given(st.text(max_size=400))
def test_anything_may_be_asked_about(text: str) -> None:
    assert read_return_path(text) is None


def test_one_kind_is_not_taken_for_the_other() -> None:
    assert read_return_path(path().replace("b-e-", "b-m-")) is None
    assert read_return_path(message_path(5, SENDER).replace("b-m-", "b-e-")) is None


def test_an_old_secret_is_known_and_another_installation_s_is_not(settings: Settings) -> None:
    old = path()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert read_return_path(old) == ReturnPath(Returned.EDITION, 31, 172_980)
    assert read_return_path(path()) == ReturnPath(Returned.EDITION, 31, 172_980)
    settings.SECRET_KEY_FALLBACKS = []
    assert read_return_path(old) is None


def test_a_domain_beyond_ascii_is_said_in_ascii(settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = "bücher.example"
    assert path().endswith("@xn--bcher-kva.example")


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        path(MOST + 1)


@pytest.mark.parametrize("used", ["", "bounce.iria.example"])
def test_without_a_domain_or_with_a_mail_service_the_sender_stays(used: str, settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = used
    if used:
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "anymail.backends.postmark.EmailBackend")
    assert path() == message_path(5, SENDER) == SENDER


def test_check_says_that_a_mail_service_makes_no_use_of_it(settings: Settings) -> None:
    assert check_bounce_domain() == []
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "anymail.backends.postmark.EmailBackend")
    (said,) = check_bounce_domain()
    assert said.id == NO_EFFECT
    assert "anymail.backends.postmark.EmailBackend" in said.msg
    settings.BOUNCE_DOMAIN = ""
    assert check_bounce_domain() == []
