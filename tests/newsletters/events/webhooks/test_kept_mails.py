"""Mails that a service keeps on its own side are fetched by a worker: from its own hosts, in bounds, and again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from mail.return_paths import edition_references
from newsletters.events import incoming
from newsletters.events.receiving import reading
from newsletters.events.webhooks import amazon_s3, kept_mails
from newsletters.events.webhooks.amazon_s3 import AwsKey, signed
from newsletters.models import Feedback, RawEvent
from tests.newsletters.events.webhooks.conftest import Sent, SetUp, work_off
from tests.newsletters.events.webhooks.payloads import JSON, TOPIC
from tests.newsletters.events.webhooks.signing import KEY, SECRET, SVIX_KEY, Call, basic_auth
from tests.newsletters.events.webhooks.signing import signed as signed_call
from tests.newsletters.events.webhooks.test_inbound import BOUNCE

pytestmark = pytest.mark.django_db
Send = Callable[..., Sent]
API_KEY = "an-api-key"


class KeptAtService(ThreadingHTTPServer):
    """A service's API and its storage. `answers` are status and body by path; `seen`, what was asked, with the
    Authorization."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Kept)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.seen: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def has(self, path: str, what: Any, status: int = 200) -> None:
        self.answers[path] = status, what if isinstance(what, bytes) else json.dumps(what).encode()


class _Kept(BaseHTTPRequestHandler):
    server: KeptAtService

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization", "")))
        status, body = self.server.answers.get(self.path, (404, b"{}"))
        self.send_response(status)
        if status == 301:
            self.send_header("x-amz-bucket-region", body.decode())
        if status == 302:
            self.send_header("Location", body.decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[KeptAtService]:
    with KeptAtService() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def host(running: KeptAtService) -> KeptAtService:
    running.answers.clear()
    running.seen.clear()
    return running


@pytest.fixture
def keeping(host: KeptAtService, settings: Settings, monkeypatch: pytest.MonkeyPatch, set_up: SetUp) -> None:
    """Resend, Mailtrap and Amazon SES are set up, and all of them are that server."""
    set_up("amazon_ses")
    settings.ANYMAIL = {
        "RESEND_API_KEY": API_KEY, "RESEND_API_URL": host.address, "RESEND_INBOUND_SECRET": f"whsec_{SVIX_KEY}",
        "MAILTRAP_API_TOKEN": API_KEY, "MAILTRAP_API_URL": host.address, "MAILTRAP_INBOUND_SECRET": KEY,
    }  # fmt: skip
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(amazon_s3, "host_of_region", lambda _part, region: f"{host.address}{region}")
    ask = kept_mails.ask

    def ask_here(address: str, **options: Any) -> Any:
        return ask(address, **options | {"private": {host.address.split("/")[2]}})

    monkeypatch.setattr(amazon_s3, "ask", ask_here)


def resend(host: KeptAtService, mail: bytes, path: str) -> Call:
    where = {"download_url": f"{host.address}raw/4ef9a417?signature=s", "expires_at": "2026-11-28T14:29:41.521Z"}
    host.has("/emails/receiving/4ef9a417", {"object": "email", "id": "4ef9a417", "to": [path], "raw": where})
    host.has("/raw/4ef9a417?signature=s", mail)
    told = {"type": "email.received", "created_at": "2026-11-28T12:00:00.000Z", "data": {
        "email_id": "4ef9a417", "from": "", "to": [path], "subject": "Undelivered", "attachments": []}}  # fmt: skip
    return signed_call("resend", told)


def mailtrap(host: KeptAtService, mail: bytes, _path: str) -> Call:
    host.has("/inbound/inboxes/7/messages/m1", {"id": "m1", "inbox_id": 7, "raw_message_url": f"{host.address}eml/m1"})
    host.has("/eml/m1", mail)
    example = {"event": "inbound_message_received", "event_id": "0", "timestamp": 1, "inbox_id": 1, "message_id": "e"}
    event = {"event": "inbound.message_received", "event_id": "1", "timestamp": 1, "inbox_id": 7, "message_id": "m1"}
    return signed_call("mailtrap", {"events": [example, event]})


def amazon(host: KeptAtService, mail: bytes, path: str) -> Call:
    host.has("/eu-west-1/mails/in/o%201", b"eu-central-1", status=301)
    host.has("/eu-central-1/mails/in/o%201", mail)
    event = {"notificationType": "Received", "mail": {"messageId": "1", "source": ""}, "receipt": {
        "recipients": [path], "action": {"type": "S3", "bucketName": "mails", "objectKey": "in/o 1"}}}  # fmt: skip
    return signed_call(
        "amazon_ses", {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Message": json.dumps(event)}
    )


def brevo(host: KeptAtService, mail: bytes, path: str) -> Call:
    """Without the report its text says nothing."""
    head, _, rest = mail.decode().partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines() if ":" in line)
    report = rest.split("Content-Type: message/delivery-status\n\n")[1].partition("--b1--")[0]
    host.has("/inbound/attachments/t%2F1", report.encode())
    item = {
        "Uuid": ["1"], "RawTextBody": "See the report.", "RawHtmlBody": None,
        "Attachments": [
            {"Name": "report", "DownloadToken": "t/1", "ContentType": "message/delivery-status", "ContentLength": 90},
            {"Name": "returned.eml", "DownloadToken": "t/2", "ContentType": "message/rfc822", "ContentLength": 90},
        ],
        "Headers": {name: headers[name] for name in ("From", "To", "Subject", "Message-ID")} | {"Delivered-To": path},
    }  # fmt: skip
    poison = {"Headers": {"From": "(" * 3000}, "Attachments": []}
    return Call("brevo", json.dumps({"items": [item, poison]}).encode(), JSON, basic_auth())


WAYS = {"resend": resend, "mailtrap": mailtrap, "amazon_ses": amazon}


def bounce_of(sent: Sent) -> tuple[bytes, str]:
    """A bounce of the first reader's mail, and where it came to."""
    reader = sent.readers[0]
    path = edition_references(sent.edition.pk)(reader.pk) + "@bounce.iria.example"
    return BOUNCE.format(path=path, address=reader.email).encode(), path


@pytest.mark.parametrize("service", sorted(WAYS))
def test_a_bounce_that_a_service_keeps_is_fetched_and_takes_effect(
    service: str, host: KeptAtService, keeping: None, send: Send, client: Client
) -> None:
    sent = send(service)
    call = WAYS[service](host, *bounce_of(sent))
    assert call.post(client, "inbound") == 200
    work_off()
    waiting = RawEvent.objects.get()
    assert (waiting.state, waiting.kind, host.seen) == (RawEvent.State.WAITING, "to fetch", [])
    assert not incoming.anything_waits()
    assert incoming.fetch_mail() == 1
    told, kept = RawEvent.objects.order_by("pk")
    assert (told.state, told.kind, told.error) == (RawEvent.State.DONE, "mail", "")
    assert (kept.source, kept.kind) == ("mail", "hard")
    assert Feedback.objects.get().kind == "hard"
    asked = len(host.seen)
    assert (incoming.fetch_mail(), len(host.seen)) == (0, asked)
    if service != "amazon_ses":  # the storage isn't given the key of the API
        assert [authorization for _path, authorization in host.seen] == [f"Bearer {API_KEY}", ""]


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/emails/receiving/4ef9a417", (401, b"{}"), "answered 401. Is ANYMAIL_RESEND_API_KEY right?"),
        ("/emails/receiving/4ef9a417", (200, b"[" * 9000), "answered something that can't be read"),
        ("/emails/receiving/4ef9a417", (302, b"/emails/receiving/other"), "answered 302"),
        ("/emails/receiving/4ef9a417", (200, b'{"raw": null}'), "doesn't have the email as it came"),
        ("/emails/receiving/4ef9a417", (200, b'{"raw": {"download_url": "https://evil.example/"}}'), "isn't at a host"),
        ("/emails/receiving/4ef9a417", (200, b'{"raw": {"download_url": "http://a.resend.com/"}}'), "isn't at a host"),
        ("/emails/receiving/4ef9a417", (200, b'{"raw": {"download_url": "file:///etc/passwd"}}'), "isn't at a host"),
        ("/raw/4ef9a417?signature=s", (500, b""), "answered 500"),
    ],
)
@pytest.mark.usefixtures("keeping")
def test_what_cannot_be_had_is_tried_for_three_days_and_left_with_its_reason(
    path: str, answer: tuple[int, bytes], said: str, host: KeptAtService, client: Client
) -> None:
    assert resend(host, b"", "a@bounce.iria.example").post(client, "inbound") == 200
    work_off()
    host.answers[path] = answer
    for attempts in (0, 75):
        RawEvent.objects.update(due_at=timezone.now(), attempts=attempts)
        assert incoming.fetch_mail() == 1
        waiting = RawEvent.objects.get()
        assert (waiting.state, waiting.attempts) == (RawEvent.State.WAITING, attempts + 1)
        assert waiting.due_at - timezone.now() <= timedelta(hours=1)
    RawEvent.objects.update(due_at=timezone.now(), attempts=77)
    assert incoming.fetch_mail() == 1
    left = RawEvent.objects.get()
    assert (left.state, left.attempts) == (RawEvent.State.FAILED, 78)
    assert said in left.error
    assert incoming.fetch_mail() == 0


def test_three_days_are_what_so_many_attempts_take() -> None:
    waits = map(reading.wait_after, range(1, reading.MOST_FETCHES))
    assert timedelta(days=3) <= sum(waits, timedelta()) < timedelta(days=3, hours=1)


def test_the_report_of_a_bounce_is_fetched_and_a_mail_that_cannot_be_read_takes_none_along(
    host: KeptAtService, keeping: None, send: Send, client: Client, settings: Settings
) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "BREVO_API_KEY": API_KEY, "BREVO_API_URL": host.address}
    sent = send("brevo")
    assert brevo(host, *bounce_of(sent)).post(client, "inbound") == 200
    work_off()
    assert incoming.fetch_mail() == 1
    assert [path for path, _authorization in host.seen] == ["/inbound/attachments/t%2F1"]
    assert Feedback.objects.get().kind == "hard"
    told = RawEvent.objects.filter(source="brevo-in")
    assert told.get().error.startswith("1 of 2 emails: RecursionError")
    for _again in range(4):  # and what was had isn't received anew, though it is put together anew
        told.update(due_at=timezone.now())
        assert incoming.fetch_mail() == 1
    assert told.get().state == RawEvent.State.FAILED, "asking again brings the same"
    assert RawEvent.objects.filter(source="mail").count() == 1


def test_of_a_long_mail_the_beginning_is_read(
    host: KeptAtService, keeping: None, send: Send, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounce, path = bounce_of(send("resend"))
    monkeypatch.setattr(kept_mails, "LONGEST_KEPT", len(bounce))
    assert resend(host, bounce + b"x" * 200_000, path).post(client, "inbound") == 200
    work_off()
    assert incoming.fetch_mail() == 1
    assert Feedback.objects.get().kind == "hard"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_held_while_a_service_is_asked(
    host: KeptAtService, keeping: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    ask = kept_mails.ask

    def watched(*args: Any, **options: Any) -> Any:
        held.append(connection.in_atomic_block)
        return ask(*args, **options)

    monkeypatch.setattr(kept_mails, "ask", watched)
    assert resend(host, b"Subject: Hi\n\n", "a@bounce.iria.example").post(client, "inbound") == 200
    work_off()
    assert incoming.fetch_mail() == 1
    assert held == [False, False]


def test_without_a_key_of_amazon_it_says_what_is_missing(
    host: KeptAtService, keeping: None, client: Client, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    assert amazon(host, b"", "").post(client, "inbound") == 200
    work_off()
    incoming.fetch_mail()
    assert "set AWS_ACCESS_KEY_ID" in RawEvent.objects.get().error
    assert not host.seen
    page = admin_client.get(reverse("admin:newsletters_rawevent_changelist")).content.decode()
    assert "1 call of a mail service waits, since its email can&#x27;t be fetched: The email is in Amazon S3" in page


@pytest.mark.parametrize(
    ("service", "missing"), [("resend", "RESEND_API_KEY"), ("mailtrap", "MAILTRAP_API_TOKEN"), ("resend", "")]
)
def test_without_a_key_of_its_api_or_a_secret_a_service_is_not_set_up(
    service: str, missing: str, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ANYMAIL = {"RESEND_API_KEY": API_KEY}
    if missing:
        settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert Call(service, b"{}", JSON, basic_auth()).post(client, "inbound") == 404
    assert (missing or "ANYMAIL_RESEND_INBOUND_SECRET") in caplog.text


def test_the_signature_is_that_of_amazons_own_example() -> None:
    """“Example: GET Object” of Signature Version 4 for S3."""
    found = signed(
        "https://examplebucket.s3.amazonaws.com/test.txt", {"Range": "bytes=0-9"}, "us-east-1",
        AwsKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), datetime(2013, 5, 24, tzinfo=UTC),
    )["Authorization"]  # fmt: skip
    assert found.endswith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    assert "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " in found
