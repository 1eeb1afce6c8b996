"""Sign calls as the services do, with the keys of the tests' settings; and post them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client

from tests.conftest import missing
from tests.newsletters.events.webhooks.payloads import FORM, JSON, TOPIC, Mail, tell, written

SECRET = "webhooks:a-long-Secret-4-tests"
KEY = "k3y-f0r-tests-0123456789"
SVIX_KEY = base64.b64encode(b"a key of twenty-four byt").decode()
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
BASIC = {"brevo", "mailjet", "postmark", "sparkpost"}  # have no signature: a user name and a password stand for it
Headers = dict[str, str]


@dataclass(frozen=True)
class Call:
    """As it is posted."""

    service: str
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def post(self, client: Client, direction: str = "tracking") -> int:
        status: int = answer_to(client, self, direction).status_code
        return status


def answer_to(client: Client, call: Call, direction: str = "tracking") -> Any:
    return client.post(
        f"/webhooks/{call.service}/{direction}/", call.body, content_type=call.content_type, headers=dict(call.headers)
    )


def basic_auth(secret: str = SECRET) -> Headers:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def call_of(service: str, what: str, mail: Mail, *, at: float | None = None, basic: bool = False) -> Call:
    """A signed call; of a service without signatures, or where `basic` says so, with user name and password."""
    found = tell(service, what, mail)
    assert found is not None, f"{service} has no such event: {what}"
    return signed(service, found[0], at=at, basic=basic)


def signed(service: str, told: Any, *, at: float | None = None, basic: bool = False) -> Call:
    at = time.time() if at is None else at
    headers: Headers = basic_auth() if basic or service in BASIC else {}
    content_type = FORM if service == "mandrill" else JSON
    if service == "amazon_ses":
        told = sns_signed(told, at)
        headers |= {"x-amz-sns-message-type": told["Type"], "x-amz-sns-message-id": told["MessageId"]}
    elif service == "mailgun":
        told = {**told, "signature": mailgun_signature(told["signature"]["token"], at)}
    body = written(service, told)
    if service == "unisender_go":
        body = unisender_signed(told)
    sign = _SIGNERS.get(service)
    return Call(service, body, content_type, headers | (sign(body, at) if sign else {}))


def _hmac(key: bytes, signed: bytes) -> str:
    return hmac.new(key, signed, hashlib.sha256).hexdigest()


def mailgun_signature(token: str, at: float) -> dict[str, str]:
    stamp = str(int(at))
    return {"timestamp": stamp, "token": token, "signature": _hmac(KEY.encode(), f"{stamp}{token}".encode())}


def unisender_signed(told: Any) -> bytes:
    unsigned = json.dumps(told | {"auth": KEY}).encode()
    return unsigned.replace(KEY.encode(), hashlib.md5(unsigned, usedforsecurity=False).hexdigest().encode())


def mandrill_signature(body: bytes, direction: str = "tracking") -> Headers:
    fields = sorted(parse_qsl(body.decode()))
    text = f"http://testserver/webhooks/mandrill/{direction}/" + "".join(name + value for name, value in fields)
    digest = hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Mandrill-Signature": base64.b64encode(digest).decode()}


def _resend(body: bytes, at: float) -> Headers:
    number, stamp = f"msg_{hashlib.sha256(body).hexdigest()[:20]}", str(int(at))
    digest = hmac.new(base64.b64decode(SVIX_KEY), f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"svix-id": number, "svix-timestamp": stamp, "svix-signature": f"v1,{base64.b64encode(digest).decode()}"}


def _sendgrid(body: bytes, at: float) -> Headers:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    stamp = str(int(at))
    signature = keys().sendgrid.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def _postal(body: bytes, _at: float) -> Headers:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signature = keys().rsa.sign(body, padding.PKCS1v15(), hashes.SHA1())
    return {"X-Postal-Signature": base64.b64encode(signature).decode()}


_SIGNERS: Mapping[str, Callable[[bytes, float], Headers]] = {
    "mailersend": lambda body, _at: {"Signature": _hmac(KEY.encode(), body)},
    "mailtrap": lambda body, _at: {"Mailtrap-Signature": _hmac(KEY.encode(), body)},
    "mandrill": lambda body, _at: mandrill_signature(body), "resend": _resend, "sendgrid": _sendgrid, "postal": _postal,
}  # fmt: skip


# --- Amazon SNS ---------------------------------------------------------------------------------------------------
def sns_signed(told: Mapping[str, Any], at: float, *, key: Any = None, version: str = "2") -> dict[str, Any]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    stamp = datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    message = {**told, "Timestamp": stamp, "SignatureVersion": version, "SigningCertURL": CERTIFICATE}
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = (key or keys().rsa).sign(text.encode(), padding.PKCS1v15(), digest)
    return message | {"Signature": base64.b64encode(signature).decode()}


def subscription(topic: str = TOPIC) -> dict[str, Any]:
    return {
        "Type": "SubscriptionConfirmation", "MessageId": "165545c9", "Token": "2336412f37", "TopicArn": topic,
        "Message": f"You have chosen to subscribe to the topic {topic}.",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37",
    }  # fmt: skip


# --- Keys ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Keys:
    rsa: Any
    sendgrid: Any
    certificate: bytes

    @staticmethod
    def public(key: Any) -> str:
        """The middle of its PEM, as the settings of anymail want it."""
        from cryptography.hazmat.primitives import serialization

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        lines: list[str] = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode().split("\n")
        return "".join(lines[1:-2])


@cache
def keys() -> Keys:
    """Made once a process."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Keys(key, ec.generate_private_key(ec.SECP256R1()), certificate(key))


def certificate(key: Any, *, days: int = 30) -> bytes:
    """Of that key, in PEM, good until so many days from now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=60)).not_valid_after(now + datetime.timedelta(days=days))
    pem: bytes = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return pem


def need_cryptography() -> None:
    """Skip where it isn't there; it belongs to requirements/run.txt."""
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        missing("the package cryptography isn't installed", required_by="IRIA_REQUIRE_SERVERS")


NEED_CRYPTOGRAPHY = {"amazon_ses", "sendgrid", "postal"}


def each(services: Iterator[str] | Any) -> list[Any]:
    """Parameters of a test, in order."""
    return [pytest.param(name, id=name) for name in sorted(services)]


def form_of(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()
