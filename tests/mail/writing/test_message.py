"""A whole mail as it is written: strictly read, in seven bits, the same for every backend of Django."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.locmem import EmailBackend
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from lib.characters import one_line
from mail.writing import identity
from mail.writing.message import Mail
from tests import strict_mail

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=300)


def written(mail: Mail, *, utf8: bool = False) -> strict_mail.StrictMail:
    return strict_mail.read(mail.message().as_bytes(linesep="\r\n"), utf8=utf8)


def mail(subject: str = "Hello", body: str = "Hello\n", html: str = "", **more: object) -> Mail:
    made = Mail(subject, body, "Iria <news@iria.example>", ["ada@example.org"], **more)  # type: ignore[arg-type]
    if html:
        made.attach_alternative(html, "text/html")
    return made


@given(subject=texts.filter(lambda text: bool(one_line(text))), body=texts, html=texts)
def test_any_mail_reads_back(subject: str, body: str, html: str) -> None:
    made = mail(subject, body, html)
    read = written(made)
    assert read.subject == one_line(subject)
    assert read.texts["plain"] == body
    assert read.texts.get("html", "") == html
    assert made.message().as_bytes().isascii()
    by_the_library = message_from_bytes(made.message().as_bytes(), policy=policy.default)
    assert not by_the_library.defects


def test_a_mail_in_arabic_is_in_seven_bits_and_says_so() -> None:
    read = written(mail("أكّد اشتراكك", "أهلاً\n", "<p dir='rtl'>أهلاً</p>"))
    assert read.texts == {"plain": "أهلاً\n", "html": "<p dir='rtl'>أهلاً</p>"}
    assert set(read.encodings.values()) == {"quoted-printable"}


def test_an_address_beyond_ascii_is_the_only_utf8() -> None:
    made = mail("Grüße", "Grüße\n")
    made.to = ["jürgen@bücher.example"]
    raw = made.message().as_bytes(linesep="\r\n")
    assert raw.replace("jürgen@xn--bcher-kva.example".encode(), b"").isascii()
    assert strict_mail.read(raw, utf8=True).mailbox("To").address == "jürgen@xn--bcher-kva.example"


def test_a_message_id_is_of_the_mail_domain_and_never_of_this_machine(settings: Settings) -> None:
    settings.MAIL_DOMAIN = "bücher.example"
    one, other = written(mail())["Message-ID"], written(mail())["Message-ID"]
    assert one.endswith("@xn--bcher-kva.example>")
    assert one != other


@pytest.mark.parametrize("name", ["Subject", "X-Note", "Message-ID"])
def test_nothing_begins_a_header_of_its_own(name: str) -> None:
    made = mail("a\r\nBcc: b@example.org") if name == "Subject" else mail(headers={name: "<a@b>\r\nBcc: b@example.org"})
    assert "bcc" not in {key.lower() for key in made.message()}


def test_what_a_backend_changes_is_sent_as_it_changed_it() -> None:
    """anymail's SES backend adds headers to the message that it is given."""
    message = mail().message()
    message["X-Tag"] = "spring"
    assert b"\nX-Tag: spring\n" in message.as_bytes()
    assert strict_mail.read(message.as_bytes(linesep="\r\n"))["X-Tag"] == "spring"


def test_djangos_backends_take_it(settings: Settings) -> None:
    backend = get_connection("django.core.mail.backends.locmem.EmailBackend")
    assert isinstance(backend, EmailBackend)
    assert backend.send_messages([mail("Grüße")]) == 1


# --- Identity -------------------------------------------------------------------------------------------------
def test_a_message_id_is_the_same_for_the_same_mail_of_the_same_installation(settings: Settings) -> None:
    one = identity.message_id("edition", 41, 9)
    assert one == identity.message_id("edition", 41, 9)
    assert one != identity.message_id("edition", 41, 10)
    settings.SITE_URL = "https://staging.iria.example"
    assert one != identity.message_id("edition", 41, 9)
    settings.SITE_URL = "https://news.iria.example"
    assert one == identity.message_id("edition", 41, 9)
    settings.SECRET_KEY = "another installation, set up by the same people"
    assert one != identity.message_id("edition", 41, 9)


@pytest.mark.parametrize(
    "domain", ["a.de", "news.iria.example", "bücher.example", "a-very-long-name.of-a.research.institute.example"]
)
def test_the_sender_in_feedback_ids_is_the_domains_own_and_as_long_as_gmail_wants(
    settings: Settings, domain: str
) -> None:
    settings.MAIL_DOMAIN = domain
    one = identity.feedback_id("e1", "n1", "l1").rpartition(":")[2]
    assert re.fullmatch(r"[a-z0-9]{5,15}", one)
    assert identity.feedback_id("e2", "n3", "l4").endswith(f":{one}")
    settings.MAIL_DOMAIN = f"x{domain}"
    assert not identity.feedback_id("e1", "n1", "l1").endswith(one)


def test_what_django_writes_itself_has_an_id_of_the_mail_domain_too() -> None:
    """As `manage.py sendtestemail` does."""
    assert str(EmailMessage("Hello", to=["ada@example.org"]).message()["Message-ID"]).endswith("@news.iria.example>")
