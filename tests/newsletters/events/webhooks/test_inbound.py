"""Mails that come in by a service are read as those that are delivered to us: a bounce is a bounce."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from pytest_django import Settings

from mail.return_paths import edition_references
from newsletters.events.receiving.keeping import body_of
from newsletters.models import Feedback, RawEvent
from tests.newsletters.events.webhooks.conftest import Sent, SetUp, work_off
from tests.newsletters.events.webhooks.payloads import FORM, JSON, TOPIC
from tests.newsletters.events.webhooks.signing import (
    KEY,
    SECRET,
    Call,
    basic_auth,
    form_of,
    mailgun_signature,
    mandrill_signature,
    signed,
)

pytestmark = pytest.mark.django_db
Send = Callable[..., Sent]
BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@mx.readers.example>
To: <{path}>
Subject: Undelivered Mail Returned to Sender
Date: Fri, 27 Nov 2026 12:00:00 +0000
Message-ID: <20261127120000.1@mx.readers.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

This is the mail system at host mx.readers.example.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.readers.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b1--
"""


def amazon(mail: str, path: str) -> Call:
    event = {
        "notificationType": "Received", "content": mail,
        "mail": {"source": "", "messageId": "1", "timestamp": "2026-11-27T12:00:00.000Z", "destination": [path]},
        "receipt": {"recipients": [path], "action": {"type": "SNS", "encoding": "UTF8"}},
    }  # fmt: skip
    return signed(
        "amazon_ses", {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Message": json.dumps(event)}
    )


def mailersend(mail: str, path: str) -> Call:
    told = {"type": "inbound.message", "data": {
        "id": "1", "raw": mail, "created_at": "2026-11-27T12:00:00.000000Z", "sender": {"email": ""},
        "recipients": {"rcptTo": [{"email": path}]},
    }}  # fmt: skip
    return signed("mailersend", told)


def mailgun(mail: str, path: str) -> Call:
    fields = {"recipient": path, "sender": "", "body-mime": mail, **mailgun_signature("a-token", time.time())}
    return Call("mailgun", form_of(fields), FORM)


def mailjet(mail: str, path: str) -> Call:
    head, _, rest = mail.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines() if ":" in line)
    report = rest.split("Content-Type: message/delivery-status\n\n")[1].partition("--b1--")[0]
    told = {
        "Sender": "", "Recipient": path, "Text-part": "This is the mail system.\n\n" + report,
        "Headers": {name: headers[name] for name in ("From", "To", "Subject", "Message-ID")}, "Parts": [],
    }  # fmt: skip
    return Call("mailjet", json.dumps(told).encode(), JSON, basic_auth())


def mandrill(mail: str, path: str) -> Call:
    body = form_of(
        {"mandrill_events": json.dumps([{"event": "inbound", "ts": 1, "msg": {"raw_msg": mail, "email": path}}])}
    )
    return Call("mandrill", body, FORM, mandrill_signature(body, "inbound"))


def postal(mail: str, path: str) -> Call:
    return signed("postal", {"id": 1, "rcpt_to": path, "mail_from": "", "base64": True,
                             "message": base64.b64encode(mail.encode()).decode()})  # fmt: skip


def postmark(mail: str, path: str) -> Call:
    told = {"FromFull": {"Email": "", "Name": ""}, "OriginalRecipient": path, "RawEmail": mail, "MessageID": "1",
            "Headers": [{"Name": "Return-Path", "Value": "<>"}]}  # fmt: skip
    return Call("postmark", json.dumps(told).encode(), JSON, basic_auth())


def sendgrid(mail: str, path: str) -> Call:
    envelope = json.dumps({"from": "", "to": [path]})
    return Call("sendgrid", form_of({"email": mail, "envelope": envelope}), FORM, basic_auth())


def sparkpost(mail: str, path: str) -> Call:
    event = {"protocol": "smtp", "rcpt_to": path, "msg_from": "",
             "content": {"email_rfc822": mail, "email_rfc822_is_base64": False}}  # fmt: skip
    return Call("sparkpost", json.dumps([{"msys": {"relay_message": event}}]).encode(), JSON, basic_auth())


def brevo(mail: str, path: str) -> Call:
    head, _, rest = mail.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines() if ":" in line)
    report = rest.split("Content-Type: message/delivery-status\n\n")[1].partition("--b1--")[0]
    item = {
        "Uuid": ["1"], "RawTextBody": "This is the mail system.\n\n" + report, "RawHtmlBody": None,
        "Attachments": [{"Name": "report.txt", "DownloadToken": "t", "ContentType": "message/delivery-status"}],
        "Headers": {name: headers[name] for name in ("From", "To", "Subject", "Message-ID")} | {"Delivered-To": path},
    }  # fmt: skip
    return Call("brevo", json.dumps({"items": [item]}).encode(), JSON, basic_auth())


WAYS: dict[str, Callable[[str, str], Call]] = {
    "amazon_ses": amazon, "brevo": brevo, "mailersend": mailersend, "mailgun": mailgun, "mailjet": mailjet,
    "mandrill": mandrill, "postal": postal, "postmark": postmark, "sendgrid": sendgrid, "sparkpost": sparkpost,
}  # fmt: skip


@pytest.mark.parametrize("service", sorted(WAYS))
def test_a_bounce_that_comes_in_by_a_service_takes_effect(
    service: str, send: Send, set_up: SetUp, client: Client, settings: Settings
) -> None:
    set_up(service)
    settings.ANYMAIL |= {"WEBHOOK_SECRET": SECRET} if service == "sendgrid" else {}
    sent = send(service)
    reader = sent.readers[0]
    path = edition_references(sent.edition.pk)(reader.pk) + "@bounce.iria.example"
    call = WAYS[service](BOUNCE.format(path=path, address=reader.email), path)
    direction = "inbound_mime" if service == "mailgun" else "inbound"
    assert [call.post(client, direction) for _ in range(2)] == [200, 200]
    work_off()
    by_service, as_mail = RawEvent.objects.order_by("pk")
    assert (by_service.source, by_service.state) == (f"{service}-in", RawEvent.State.DONE)
    assert (as_mail.source, as_mail.state, as_mail.kind) == ("mail", RawEvent.State.DONE, "hard")
    feedback = Feedback.objects.get()
    assert (feedback.kind, feedback.address, feedback.source) == ("hard", reader.email, "mail")
    assert sent.delivery().reported == "bounced"


POISON = "From: " + "(" * 300 + " a@b.example\nContent-Type: " + "(" * 300 + "\nSubject: Hi\n\nx"


@pytest.mark.parametrize("service", sorted(set(WAYS) - {"brevo", "mailjet"}))
def test_a_mail_that_no_parser_gets_through_is_kept_as_it_came(
    service: str, send: Send, set_up: SetUp, client: Client, settings: Settings
) -> None:
    """Brevo and Mailjet don't pass on the mail itself."""
    set_up(service)
    sent = send(service)
    path = edition_references(sent.edition.pk)(sent.readers[0].pk) + "@bounce.iria.example"
    settings.ANYMAIL |= {"WEBHOOK_SECRET": SECRET} if service == "sendgrid" else {}
    call = WAYS[service](POISON, path)
    assert call.post(client, "inbound_mime" if service == "mailgun" else "inbound") == 200
    work_off()
    kept = RawEvent.objects.get(source="mail")
    assert body_of(kept) == f"X-Original-To: {path}\r\n{POISON}".encode()
    assert set(RawEvent.objects.values_list("state", "error")) == {(RawEvent.State.DONE, "")}


@pytest.mark.parametrize("service", ["mandrill", "brevo"])
def test_one_mail_that_cannot_be_read_takes_none_of_the_others_along(
    service: str, send: Send, set_up: SetUp, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    set_up(service)
    sent = send(service)
    reader = sent.readers[0]
    path = edition_references(sent.edition.pk)(reader.pk) + "@bounce.iria.example"
    call = WAYS[service](BOUNCE.format(path=path, address=reader.email), path)
    if service == "mandrill":
        (bounce,) = json.loads(parse_qs(call.body.decode())["mandrill_events"][0])
        events = [{"event": "inbound"}, bounce, {"event": "inbound", "msg": 17}]
        body = form_of({"mandrill_events": json.dumps(events)})
        call = replace(call, body=body, headers=mandrill_signature(body, "inbound"))
    else:
        bounce = json.loads(call.body)["items"][0]
        poison = bounce | {"Headers": bounce["Headers"] | {"From": "(" * 3000}}
        call = replace(call, body=json.dumps({"items": [poison, bounce, poison]}).encode())
    assert call.post(client, "inbound") == 200
    work_off()
    assert Feedback.objects.get().kind == "hard"
    raw = RawEvent.objects.get(source=f"{service}-in")
    assert (raw.state, raw.attempts) == (RawEvent.State.DONE, 1)
    assert raw.error.startswith("2 of 3 emails could not be read: ")
    assert len(caplog.text) < 2_000


def test_what_cannot_be_read_fills_no_log(set_up: SetUp, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    set_up("mailjet")
    told = {"Sender": "", "Recipient": "a@iria.example", "Headers": {"From": "(" * 3000}, "Parts": []}
    assert Call("mailjet", json.dumps(told).encode(), JSON, basic_auth()).post(client, "inbound") == 200
    work_off()
    raw = RawEvent.objects.get()
    assert raw.error.startswith("RecursionError")
    assert "could not be processed: RecursionError" in caplog.text
    assert len(caplog.text) < 5_000


def test_a_forged_return_path_suppresses_nobody(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    path = "b-e-1-2-00" + "0" * 32 + "@bounce.iria.example"
    assert postmark(BOUNCE.format(path=path, address=sent.readers[0].email), path).post(client, "inbound") == 200
    work_off()
    assert not Feedback.objects.exists()


def test_an_inbound_call_at_the_address_for_tracking_is_left_with_its_reason(
    send: Send, set_up: SetUp, client: Client
) -> None:
    set_up("postmark")
    call = postmark(BOUNCE.format(path="a@bounce.iria.example", address="b@readers.example"), "a@bounce.iria.example")
    assert call.post(client, "tracking") == 200
    work_off()
    assert "inbound" in RawEvent.objects.get().error
    assert not Feedback.objects.exists()


def test_an_envelope_cannot_add_fields_to_the_mail(send: Send, set_up: SetUp, client: Client) -> None:
    set_up("postmark")
    sent = send("postmark")
    evil: Any = "a@iria.example\r\nFrom: evil@iria.example"
    path = edition_references(sent.edition.pk)(sent.readers[0].pk) + "@bounce.iria.example"
    assert postmark(BOUNCE.format(path=path, address=sent.readers[0].email), evil).post(client, "inbound") == 200
    work_off()
    assert b"evil" not in body_of(RawEvent.objects.get(source="mail"))


def test_the_key_of_inbound_mail_is_one_of_its_own(set_up: SetUp, client: Client, settings: Settings) -> None:
    set_up("mailersend")
    settings.ANYMAIL = {"MAILERSEND_SIGNING_SECRET": KEY}
    assert mailersend("From: a@b.example\n\nHi", "a@iria.example").post(client, "inbound") == 404
