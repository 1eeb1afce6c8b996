"""What we call a mail goes with it to every service that can keep it, and to no other."""

from __future__ import annotations

from typing import Any

import pytest
from anymail.backends.test import EmailBackend as Anymail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.locmem import EmailBackend as LocalBackend
from pytest_django import Settings

from iria import env
from mail.esp.backend import BackendChannel
from mail.esp.references import keeps_metadata
from mail.return_paths import (
    Returned,
    ReturnPath,
    edition_references,
    message_reference,
    read_return_path,
)
from mail.transport import Outgoing
from newsletters.delivery.ledger.members import Member

SERVICES = [
    "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend", "scaleway",
    "sendgrid", "sparkpost", "unisender_go",
]  # fmt: skip
BY_SERVICE = {"mailersend": False, "postal": False}


@pytest.fixture
def by_service(settings: Settings) -> None:
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "anymail.backends.postmark.EmailBackend")


@pytest.mark.usefixtures("by_service")
def test_a_reference_says_whose_mail_it_is_and_fits_every_service() -> None:
    made = edition_references(2**40)(2**40)
    assert read_return_path(made) == ReturnPath(Returned.EDITION, 2**40, 2**40)
    assert read_return_path(message_reference(7)) == ReturnPath(Returned.MESSAGE, 7)
    assert len(made) <= 64
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_over_smtp_the_return_path_says_it(settings: Settings) -> None:
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://127.0.0.1/")
    assert edition_references(5)(6) == message_reference(5) == ""


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")  # and still sends by it
@pytest.mark.parametrize("service", SERVICES)
def test_anymail_says_which_services_keep_it(service: str) -> None:
    module = __import__(f"anymail.backends.{service}", fromlist=["EmailBackend"])
    assert keeps_metadata(module.EmailBackend) is BY_SERVICE.get(service, True)


def test_a_backend_of_one_s_own_keeps_what_the_one_below_it_keeps() -> None:
    class Own(Anymail):  # type: ignore[misc]
        pass

    assert keeps_metadata(Own)
    assert not keeps_metadata(LocalBackend)


class Sent(Anymail):  # type: ignore[misc]
    """Remembers what anymail made of the message."""

    last: dict[str, Any] = {}

    def post_to_esp(self, payload: Any, message: Any) -> Any:
        Sent.last = payload.serialize_data() if hasattr(payload, "serialize_data") else payload.params
        return super().post_to_esp(payload, message)


@pytest.mark.parametrize("backend", [f"{__name__}.Sent", "django.core.mail.backends.locmem.EmailBackend"])
@pytest.mark.parametrize("reference", ["", "b-m-7-000102"])
def test_a_mail_goes_with_its_reference(backend: str, reference: str) -> None:
    made = EmailMultiAlternatives("Subject", "Text", "news@iria.example", ["anna@example.org"])
    mail = Outgoing(Member(1, 1), "anna@example.org", "news@iria.example", lambda: made, 0.0, reference=reference)
    Sent.last = {}
    assert BackendChannel(backend).send(mail).outcome == "accepted"
    if isinstance(get_connection(backend), Sent):
        assert Sent.last.get("metadata", {}) == ({"iria": reference} if reference else {})
    else:
        assert not hasattr(made, "metadata")
