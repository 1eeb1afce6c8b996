"""Is a message really Amazon SNS's, and of our own topic? anymail leaves both open.

SNS signs with a certificate whose address the message names, so anybody could sign with one of their own: it is fetched
from Amazon's host of our topic's region alone. A valid signature is not enough either, for anybody can let a topic of
theirs call us; SNS_TOPICS names ours.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import re
import time
from collections import deque
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.utils import timezone
from urllib3.exceptions import HTTPError

from newsletters.events.webhooks.service import CallAgain, RefusedCall

TIMEOUT = 5.0  # seconds
LONGEST_ANSWER = 32_768  # octets of a certificate, or of what confirms a subscription
MOST_CERTIFICATES = 20
CERTIFICATES_A_MINUTE = 10  # that are fetched: the address of another one costs nothing to write
_ARN = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]{5,30}):\d{12}:[A-Za-z0-9_-]{1,256}")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
_certificates: dict[str, x509.Certificate] = {}
_fetched: deque[float] = deque(maxlen=CERTIFICATES_A_MINUTE)


def is_topic(arn: str) -> bool:
    return _ARN.fullmatch(arn) is not None


def host_of(topic: str) -> str:
    """Amazon's own for the topic's region."""
    found = _ARN.fullmatch(topic)
    if found is None:
        raise RefusedCall("SNS_TOPICS has something in it that isn't the ARN of a topic.")
    return f"sns.{found[2]}.amazonaws.com{'.cn' if found[1] == 'aws-cn' else ''}"


def verify(message: dict[str, Any]) -> None:
    """Raises `RefusedCall` unless SNS signed the message and it is of a topic in SNS_TOPICS; `CallAgain` when the
    certificate can't be had. What is missing or of another type raises KeyError, TypeError or ValueError."""
    topic = message["TopicArn"]
    if topic not in settings.SNS_TOPICS:
        raise RefusedCall(f"It is of the topic {topic}, which SNS_TOPICS doesn't name.")
    names = _SIGNED[message["Type"]]
    signed = "".join(f"{name}\n{_text(message, name)}\n" for name in names if name != "Subject" or message.get(name))
    algorithm = _HASHES[message.get("SignatureVersion", "1")]
    signature = base64.b64decode(_text(message, "Signature"), validate=True)
    key = _certificate(_text(message, "SigningCertURL"), host_of(topic)).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise RefusedCall("The certificate of its signature has no RSA key.")
    try:
        key.verify(signature, signed.encode(), padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        raise RefusedCall("Its SNS signature is wrong.") from None


def confirm(message: dict[str, Any]) -> None:
    """Confirm the subscription that this message, whose signature is valid, asks for. Raises `CallAgain`."""
    topic = message["TopicArn"]
    asked = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": _text(message, "Token")}
    fetch(f"https://{host_of(topic)}/?{urlencode(asked)}")


def fetch(address: str) -> bytes:
    """What Amazon answers. Raises `CallAgain`."""
    try:
        with urllib3.PoolManager(num_pools=1) as pool:
            answer = pool.request(
                "GET", address, redirect=False, retries=False, timeout=urllib3.Timeout(total=TIMEOUT),
                preload_content=False,
            )  # fmt: skip
            body = answer.read(LONGEST_ANSWER + 1)
            answer.close()
    except (HTTPError, OSError) as problem:
        raise CallAgain(f"{urlsplit(address).hostname} could not be asked: {type(problem).__name__}.") from None
    if answer.status != 200 or len(body) > LONGEST_ANSWER:
        raise CallAgain(f"{urlsplit(address).hostname} answered {answer.status}.")
    return body


def _certificate(address: str, host: str) -> x509.Certificate:
    """Fetched once a process. Raises `RefusedCall` and `CallAgain`."""
    parts = urlsplit(address)
    if (parts.scheme, parts.netloc) != ("https", host) or not _CERTIFICATE.fullmatch(parts.path) or parts.query:
        raise RefusedCall(f"The certificate of its signature isn't at {host}.")
    found = _certificates.get(address)
    if found is None:
        now = time.monotonic()
        if len(_fetched) == CERTIFICATES_A_MINUTE and now - _fetched[0] < 60:
            raise CallAgain("Too many certificates were asked for.")
        _fetched.append(now)
        try:
            found = x509.load_pem_x509_certificate(fetch(address))
        except ValueError:
            raise RefusedCall("The certificate of its signature can't be read.") from None
        while len(_certificates) >= MOST_CERTIFICATES:
            _certificates.pop(next(iter(_certificates)), None)
        _certificates[address] = found
    if not found.not_valid_before_utc <= timezone.now() <= found.not_valid_after_utc:
        _certificates.pop(address, None)
        raise RefusedCall("The certificate of its signature isn't valid at present.")
    return found


def _text(message: dict[str, Any], name: str) -> str:
    value = message[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
