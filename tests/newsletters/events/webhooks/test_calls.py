"""The answer to a call: signed or refused, kept once, and never an error of ours that makes the service try again."""

from __future__ import annotations

import json
import logging
import sys
import time
from dataclasses import replace

import pytest
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from newsletters.events import webhooks
from newsletters.events.receiving.keeping import body_of
from newsletters.events.webhooks import calls, services
from newsletters.events.webhooks.service import Direction
from newsletters.models import Feedback, RawEvent
from tests.newsletters.events.webhooks.conftest import SetUp, work_off
from tests.newsletters.events.webhooks.payloads import FORM, JSON, TELLERS, Mail
from tests.newsletters.events.webhooks.signing import (
    BASIC,
    Call,
    answer_to,
    basic_auth,
    call_of,
    form_of,
    mailgun_signature,
    signed,
)

pytestmark = pytest.mark.django_db
SERVICES = sorted(TELLERS)
MAIL = Mail("17")
TIMED = ("amazon_ses", "mailgun", "resend", "sendgrid")  # their signatures cover a time
GARBAGE = [b"", b"{", b"[]", b"null", b"17", b"\xff\xfe", b"[" * 100_000, b'{"a": ' * 50_000, b"a=b&a=c", b"\x00" * 99]


def test_every_service_that_anymail_can_read_is_known_and_tested() -> None:
    """A newer anymail brings its services along; this test asks for their payloads then."""
    assert set(services.known()) == set(TELLERS)
    both = {name for name, directions in services.known().items() if set(directions) == set(Direction)}
    assert both == set(TELLERS) - {"unisender_go"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_signed_call_is_kept_once_however_often_it_comes(service: str, set_up: SetUp, client: Client) -> None:
    set_up(service)
    call = call_of(service, "hard", MAIL)
    assert [call.post(client) for _ in range(3)] == [200, 200, 200]
    (raw,) = RawEvent.objects.all()
    assert (raw.source, raw.content_type, raw.state) == (service, call.content_type, RawEvent.State.WAITING)
    assert raw.size == len(call.body)


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_with_a_wrong_signature_or_none_is_refused(service: str, set_up: SetUp, client: Client) -> None:
    set_up(service)
    call = call_of(service, "hard", MAIL)
    if service not in BASIC:  # a password is no signature
        assert answer_to(client, replace(call, body=tampered(service, call.body))).status_code in {400, 403}
    for bare in ({}, dict.fromkeys(call.headers, "0" * 44)):
        if call.headers:  # Mailgun's and Unisender Go's stand in the body
            assert answer_to(client, replace(call, headers=bare)).status_code in {400, 401, 403}
    assert not RawEvent.objects.exists()


def tampered(service: str, body: bytes) -> bytes:
    """With another recipient, which every signature covers, except Mailgun's, which covers the token."""
    return body.replace(b"17-hard-1", b"18-hard-1") if service == "mailgun" else body.replace(b"anna", b"anne")


@pytest.mark.parametrize("service", sorted(BASIC))
def test_a_service_without_a_signature_needs_the_password(service: str, set_up: SetUp, client: Client) -> None:
    set_up(service)
    call = call_of(service, "hard", MAIL)
    challenge = answer_to(client, replace(call, headers={}))
    assert (challenge.status_code, challenge["WWW-Authenticate"]) == (401, 'Basic realm="webhooks"')
    for wrong in ("webhooks:wrong", "webhooks", ":", "wrong:a-long-Secret-4-tests"):
        assert replace(call, headers=basic_auth(wrong)).post(client) == 403
    assert replace(call, headers={"Authorization": "Basic \xff"}).post(client) == 403
    assert not RawEvent.objects.exists()


@pytest.mark.parametrize("service", sorted(set(SERVICES) - BASIC - {"mandrill", "postal"}))
def test_where_a_password_is_set_a_signature_alone_is_not_enough(service: str, set_up: SetUp, client: Client) -> None:
    """Mandrill signs the password together with the address."""
    set_up(service, basic=True)
    assert call_of(service, "hard", MAIL).post(client) == 401
    assert call_of(service, "hard", MAIL, basic=True).post(client) == 200


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("direction", ["tracking", "inbound"])
def test_a_service_that_is_not_set_up_is_not_there(
    service: str, direction: str, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ANYMAIL = {}
    with caplog.at_level(logging.WARNING):
        answer = client.post(f"/webhooks/{service}/{direction}/", b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert not RawEvent.objects.exists()
    if direction in services.known()[service]:
        said = ("Set ", "must set", "set up a mailbox", "isn't installed")
        assert any(words in caplog.text for words in said), "the log names the setting"


@pytest.mark.parametrize("path", ["/webhooks/nobody/tracking/", "/webhooks/postmark/", "/webhooks/postmark/others/",
                                  "/webhooks/unisender_go/inbound/"])  # fmt: skip
def test_an_address_of_nothing_is_not_there(path: str, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    assert client.post(path, b"{}", content_type="application/json", headers=basic_auth()).status_code == 404


def test_the_old_name_of_a_service_is_no_other_service(set_up: SetUp, client: Client) -> None:
    """Else one event would count twice."""
    set_up("brevo")
    assert replace(call_of("brevo", "hard", MAIL), service="sendinblue").post(client) == 404


def test_other_methods_are_not_for_this_address(set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    for method in ("get", "put", "patch", "delete"):
        answer = getattr(client, method)("/webhooks/postmark/tracking/")
        assert (answer.status_code, answer["Allow"]) == (405, "POST, HEAD")
    assert client.head("/webhooks/postmark/tracking/").status_code == 200
    set_up("unisender_go")
    assert client.get("/webhooks/unisender_go/tracking/").status_code == 200, "it asks so whether somebody is there"


def test_mandrill_may_ask_before_it_gives_the_key(client: Client, settings: Settings) -> None:
    settings.ANYMAIL = {}
    assert client.head("/webhooks/mandrill/tracking/").status_code == 200
    assert client.head("/webhooks/postmark/tracking/").status_code == 404


def test_an_address_without_its_last_slash_is_the_same(set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    call = call_of("postmark", "hard", MAIL)
    answer = client.post("/webhooks/postmark/tracking", call.body, content_type=call.content_type, headers=basic_auth())
    assert answer.status_code == 200


@pytest.mark.parametrize("service", TIMED)
def test_an_old_signature_is_refused_and_so_is_one_of_tomorrow(service: str, set_up: SetUp, client: Client) -> None:
    set_up(service)
    for days in (-2, 2):
        assert call_of(service, "hard", MAIL, at=time.time() + days * 86_400).post(client) == 403
    assert call_of(service, "hard", MAIL, at=time.time() - 60).post(client) == 200


def test_a_token_of_mailgun_is_good_for_one_call(set_up: SetUp, client: Client) -> None:
    """It doesn't sign what it says: whoever has seen a call could say anything with its signature."""
    set_up("mailgun")
    call = call_of("mailgun", "delivered", MAIL)
    assert call.post(client) == 200
    forged = json.loads(call.body)
    forged["event-data"] |= {"event": "complained"}
    assert replace(call, body=json.dumps(forged).encode()).post(client) == 200
    (raw,) = RawEvent.objects.all()
    assert raw.size == len(call.body)


def test_a_token_of_mailgun_is_good_for_one_direction_and_one_reading(set_up: SetUp, client: Client) -> None:
    """Its time and its token are signed as one text."""
    set_up("mailgun")
    stamp, token = str(int(time.time())), "e012" + "ab" * 23
    signature = mailgun_signature(token, int(stamp))
    call = Call("mailgun", json.dumps({"signature": signature, "event-data": {"event": "delivered"}}).encode())
    assert call.post(client) == 200
    as_mail = form_of({**signature, "recipient": "a@iria.example", "body-mime": "From: a@b.example\n\nHi"})
    assert Call("mailgun", as_mail, FORM).post(client, "inbound_mime") == 200
    moved = {"signature": {**signature, "timestamp": f"{stamp}e0", "token": token[2:]}, "event-data": {"event": "x"}}
    assert replace(call, body=json.dumps(moved).encode()).post(client) == 400
    (raw,) = RawEvent.objects.all()
    assert raw.source == "mailgun"
    assert signature["signature"].encode() not in body_of(raw)
    assert json.loads(body_of(raw))["signature"]["token"] == token


@pytest.mark.parametrize("service", ["mailgun", "unisender_go", "postmark", "brevo"])
def test_what_nobody_has_signed_is_not_parsed(
    service: str, set_up: SetUp, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at any length, where the signature stands in it."""
    set_up(service)
    call = Call(service, b"[" + b"[]," * 200_000 + b"[]]", headers=basic_auth("webhooks:guessed") | {"a": "b"})
    monkeypatch.setattr(json, "loads", lambda *_arguments, **_named: pytest.fail("it was parsed"))
    assert call.post(client) == (413 if service == "mailgun" else 403)


def test_refused_calls_fill_no_log(set_up: SetUp, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    set_up("postmark")
    with caplog.at_level(logging.DEBUG):
        for _ in range(20):
            assert Call("postmark", b"{}", headers=basic_auth("webhooks:guessed")).post(client) == 403
            assert Call("nobody", b"{}").post(client) == 404
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == [calls.__name__]


def test_a_call_that_is_too_long_is_refused_before_it_is_read(
    set_up: SetUp, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up("postmark")
    settings.WEBHOOK_BYTES = 1000
    call = Call("postmark", b" " * 1001, headers=basic_auth())
    monkeypatch.setattr("django.http.HttpRequest.body", property(lambda _request: pytest.fail("it was read")))
    assert call.post(client) == 413


@pytest.mark.parametrize("service", SERVICES)
def test_garbage_is_no_error_of_ours(service: str, set_up: SetUp, client: Client) -> None:
    """Unsigned it is refused; where a password alone protects the address it is kept, and the worker gives it up."""
    set_up(service)
    for body in GARBAGE:
        for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "no/type"):
            headers = basic_auth() if service in BASIC else {}
            status = Call(service, body, content_type, headers).post(client)
            assert status == 200 if service in BASIC else status in {400, 403}, (body[:20], content_type)
    assert RawEvent.objects.count() == (len(GARBAGE) if service in BASIC else 0)


def test_what_cannot_be_read_is_left_with_its_error_and_the_service_hears_200(
    set_up: SetUp, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    set_up("postmark")
    for body in (b"{", b"[" * 100_000, b'{"RecordType": "Bounce"}'):
        assert Call("postmark", body, headers=basic_auth()).post(client) == 200
    work_off()
    assert set(RawEvent.objects.values_list("state", "attempts")) == {("waiting", 1), ("done", 1)}
    assert RawEvent.objects.filter(error__contains="JSONDecodeError").count() == 1
    assert not Feedback.objects.exists()


def test_a_call_comes_again_when_the_database_was_away(
    set_up: SetUp, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise DatabaseError("away")

    set_up("postmark")
    client.raise_request_exception = False
    monkeypatch.setattr(calls, "keep_once", fail)
    assert call_of("postmark", "hard", MAIL).post(client) >= 500


def test_the_log_says_which_setting_is_wrong_and_no_secret(
    set_up: SetUp, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    set_up("mailersend")
    call = call_of("mailersend", "hard", MAIL)
    settings.ANYMAIL = {"MAILERSEND_SIGNING_SECRET": "another-Secret"}
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            answer = answer_to(client, call)
    assert (answer.status_code, answer.content) == (403, b"Refused: the log of Iria says why.\n")
    assert caplog.text.count("MAILERSEND_SIGNING_SECRET") == 1, "once a minute"
    assert "another-Secret" not in caplog.text


@pytest.mark.parametrize("setting", ["RESEND_SIGNING_SECRET", "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY"])
def test_a_key_that_is_none_is_a_service_that_is_not_set_up(
    setting: str, set_up: SetUp, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    service = setting.partition("_")[0].lower()
    set_up(service)
    settings.ANYMAIL = {setting: "n0-key!"}
    with caplog.at_level(logging.WARNING):
        assert Call(service, b"{}").post(client) == 404
    assert "isn't valid" in caplog.text
    assert "n0-key" not in caplog.text


def test_no_password_is_kept(set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    call_of("postmark", "hard", MAIL).post(client)
    raw = RawEvent.objects.get()
    stored = {name: getattr(raw, name) for name in ("content_type", "error", "kind", "source")}
    assert "long-Secret" not in repr(stored)


def test_an_unsigned_list_for_mandrill_is_refused(set_up: SetUp, client: Client) -> None:
    set_up("mandrill")
    call = signed("mandrill", {"not": "a list"})
    assert call.post(client) == 400


def test_a_package_that_is_missing_is_named_and_is_no_error_of_ours(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade whose packages weren't installed."""
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for module in ("amazon_ses", "amazon_sns"):
        monkeypatch.delitem(sys.modules, f"{webhooks.__name__}.{module}", raising=False)
        monkeypatch.delattr(webhooks, module, raising=False)
    assert client.post("/webhooks/amazon_ses/tracking/", b"{}", content_type=JSON).status_code == 404
    assert "The package cryptography isn't installed" in caplog.text
