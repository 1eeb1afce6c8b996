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

from lib.sns_topics import TOPIC_ARN
from newsletters.events.webhooks.service import CallAgain, RefusedCall

TIMEOUT = 5.0  # seconds
LONGEST_ANSWER = 32_768  # octets of a certificate, or of what confirms a subscription
MOST_CERTIFICATES = 20  # of those that verified nothing yet, and of those that did
CERTIFICATES_A_MINUTE = 10  # that are fetched: the address of another one costs nothing to write
KNOWN_A_MINUTE = 5  # besides, of those that have verified a message before
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
# By address, the one that was used last at the end. Those that verified a message of ours keep their place, whatever
# forgers let us fetch.
_unproven: dict[str, x509.Certificate] = {}
_proven: dict[str, x509.Certificate] = {}
_known: dict[str, None] = {}  # addresses of proven ones, also of those that have run out since
_fetched: deque[float] = deque(maxlen=CERTIFICATES_A_MINUTE)
_fetched_known: deque[float] = deque(maxlen=KNOWN_A_MINUTE)


def host_of(topic: str) -> str:
    """Amazon's own for the topic's region."""
    found = TOPIC_ARN.fullmatch(topic)
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
    address = _text(message, "SigningCertURL")
    certificate = _certificate(address, host_of(topic))
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise RefusedCall("The certificate of its signature has no RSA key.")
    try:
        key.verify(signature, signed.encode(), padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        raise RefusedCall("Its SNS signature is wrong.") from None
    _unproven.pop(address, None)
    _put(_proven, address, certificate)
    _put(_known, address, None)


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
    path = urlsplit(address).path
    # Nothing but host and path: of each certificate there is one address.
    if not _CERTIFICATE.fullmatch(path) or address != f"https://{host}{path}":
        raise RefusedCall(f"The certificate of its signature isn't at {host}.")
    found = _proven.get(address) or _unproven.get(address)
    if found is None:
        _count(_fetched_known if address in _known else _fetched)
        try:
            found = x509.load_pem_x509_certificate(fetch(address))
        except ValueError:
            raise RefusedCall("The certificate of its signature can't be read.") from None
    if not found.not_valid_before_utc <= timezone.now() <= found.not_valid_after_utc:
        _proven.pop(address, None)
        _unproven.pop(address, None)
        raise RefusedCall("The certificate of its signature isn't valid at present.")
    if address not in _proven:
        _put(_unproven, address, found)
    return found


def _count(fetched: deque[float]) -> None:
    """Raises `CallAgain`."""
    now = time.monotonic()
    if len(fetched) == fetched.maxlen and now - fetched[0] < 60:
        raise CallAgain("Too many certificates were asked for.")
    fetched.append(now)


def _put(known: dict[str, Any], address: str, value: Any) -> None:
    """At the end, and the one that wasn't used for longest goes where there are too many."""
    known.pop(address, None)
    known[address] = value
    while len(known) > MOST_CERTIFICATES:
        known.pop(next(iter(known)), None)


def _text(message: dict[str, Any], name: str) -> str:
    value = message[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
