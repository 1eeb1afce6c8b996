"""Amazon SES: only SNS itself, only our own topics, and a subscription that nobody else can have confirmed."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from newsletters.events.receiving.keeping import body_of
from newsletters.models import RawEvent
from tests.newsletters.events.webhooks.conftest import SetUp
from tests.newsletters.events.webhooks.payloads import TOPIC, Mail, amazon_ses
from tests.newsletters.events.webhooks.signing import (
    CERTIFICATE,
    Call,
    answer_to,
    call_of,
    certificate,
    keys,
    need_cryptography,
    signed,
    sns_signed,
    subscription,
)

pytestmark = pytest.mark.django_db
MAIL = Mail("17")
OTHERS = TOPIC.replace("123456789012", "210987654321")


@pytest.fixture
def sns(set_up: SetUp) -> Any:
    need_cryptography()
    set_up("amazon_ses")
    from newsletters.events.webhooks import amazon_sns

    return amazon_sns


def as_call(message: dict[str, Any]) -> Call:
    """With the headers that SNS gives, whoever signed it."""
    headers = {"x-amz-sns-message-type": message["Type"], "x-amz-sns-message-id": message["MessageId"]}
    return Call("amazon_ses", json.dumps(message).encode(), "text/plain; charset=UTF-8", headers)


def test_both_versions_of_the_signature_are_checked(sns: Any, client: Client) -> None:
    for number, version in enumerate("12"):
        message = sns_signed(amazon_ses("hard", Mail(str(number))), time.time(), version=version)
        assert as_call(message | {"Signature": "AAAA"}).post(client) == 403
        assert as_call(message).post(client) == 200
    for wrong in ("3", "", None, 1):
        assert as_call(message | {"SignatureVersion": wrong}).post(client) in {400, 403}
    assert RawEvent.objects.count() == 2


def test_each_signed_field_is_covered(sns: Any, client: Client) -> None:
    message = sns_signed(amazon_ses("hard", MAIL) | {"Subject": "Amazon SES"}, time.time())
    for name in ("Message", "MessageId", "Subject", "Timestamp"):
        assert as_call(message | {name: message[name] + " "}).post(client) in {400, 403}, name
        assert as_call({**message, name: 17}).post(client) in {400, 403}, name
    assert as_call(message).post(client) == 200


def test_another_s_topic_is_refused_however_well_it_is_signed(sns: Any, client: Client) -> None:
    assert as_call(sns_signed(amazon_ses("hard", MAIL) | {"TopicArn": OTHERS}, time.time())).post(client) == 403
    assert as_call(sns_signed(subscription(OTHERS), time.time())).post(client) == 403
    assert not RawEvent.objects.exists()


def test_a_certificate_from_elsewhere_is_not_even_fetched(
    sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    monkeypatch.setattr(sns, "fetch", lambda address: pytest.fail(f"{address} was asked"))
    path = urlsplit(CERTIFICATE).path
    for address in (
        f"https://evil.example{path}", f"http://sns.eu-west-1.amazonaws.com{path}",
        f"https://sns.eu-west-1.amazonaws.com.evil.example{path}", f"https://sns.eu-west-1.amazonaws.com:8443{path}",
        f"https://evil@sns.eu-west-1.amazonaws.com{path}", f"https://sns.us-east-1.amazonaws.com{path}",
        "https://sns.eu-west-1.amazonaws.com/evil.pem", f"{CERTIFICATE}?a=b", f"{CERTIFICATE}#1",
        f"{CERTIFICATE}#", f"{CERTIFICATE}?", f"{CERTIFICATE}\n", f"{CERTIFICATE};a", "https://[", "", "//", f"file://{path}",
    ):  # fmt: skip
        message = sns_signed(amazon_ses("hard", MAIL), time.time(), key=forger) | {"SigningCertURL": address}
        assert as_call(message).post(client) in {400, 403}, address


def test_another_key_than_the_certificate_s_is_refused(sns: Any, client: Client) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert as_call(sns_signed(amazon_ses("hard", MAIL), time.time(), key=forger)).post(client) == 403


@pytest.mark.parametrize("what", ["expired", "garbage"])
def test_a_certificate_that_is_none_is_refused(
    what: str, sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = certificate(keys().rsa, days=-1) if what == "expired" else b"-----BEGIN CERTIFICATE-----"
    monkeypatch.setattr(sns, "fetch", lambda _address: found)
    assert call_of("amazon_ses", "hard", MAIL).post(client) == 403


def test_a_certificate_is_fetched_once_and_forgers_cannot_have_many_fetched(
    sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(address: str) -> bytes:
        fetched.append(address)
        return keys().certificate

    monkeypatch.setattr(sns, "fetch", fetch)
    for number in range(3):
        assert call_of("amazon_ses", "hard", Mail(str(number))).post(client) == 200
    assert fetched == [CERTIFICATE]
    answers = []
    for number in range(20):
        message = sns_signed(amazon_ses("hard", MAIL), time.time())
        forged = CERTIFICATE.replace("1136.pem", f"{number:04d}.pem")
        answers.append(answer_to(client, as_call(message | {"SigningCertURL": forged, "Signature": "AAAA"})))
    assert len(fetched) == sns.CERTIFICATES_A_MINUTE
    assert answers[-1].status_code == 503
    assert answers[-1]["Retry-After"] == "60"
    assert call_of("amazon_ses", "hard", Mail("9")).post(client) == 200, "ours is known"


def test_while_amazon_cannot_be_asked_the_call_comes_again(
    sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_address: str) -> bytes:
        raise sns.CallAgain("away")

    monkeypatch.setattr(sns, "fetch", fail)
    assert call_of("amazon_ses", "hard", MAIL).post(client) == 503
    assert not RawEvent.objects.exists()


def test_our_own_subscription_is_confirmed_at_amazon_s_own_host(
    sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return keys().certificate

    monkeypatch.setattr(sns, "fetch", fetch)
    elsewhere = subscription() | {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}
    assert signed("amazon_ses", elsewhere).post(client) == 200
    parts = urlsplit(asked[-1])
    assert (parts.scheme, parts.netloc) == ("https", "sns.eu-west-1.amazonaws.com")
    assert parse_qs(parts.query) == {
        "Action": ["ConfirmSubscription"], "TopicArn": [TOPIC], "Token": ["2336412f37"]
    }  # fmt: skip
    assert not RawEvent.objects.exists(), "its token is for nobody else"


def test_the_end_of_a_subscription_is_noted(sns: Any, client: Client) -> None:
    assert signed("amazon_ses", subscription() | {"Type": "UnsubscribeConfirmation"}).post(client) == 200
    assert not RawEvent.objects.exists()


def test_the_headers_of_sns_have_to_fit(sns: Any, client: Client) -> None:
    call = call_of("amazon_ses", "hard", MAIL)
    assert replace(call, headers={}).post(client) in {400, 403}
    assert replace(call, headers=dict(call.headers) | {"x-amz-sns-message-id": "other"}).post(client) == 403


def test_china_has_hosts_of_its_own(sns: Any) -> None:
    assert sns.host_of("arn:aws-cn:sns:cn-north-1:123456789012:mail") == "sns.cn-north-1.amazonaws.com.cn"
    assert sns.host_of("arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail") == "sns.us-gov-west-1.amazonaws.com"


def test_without_a_topic_of_ours_amazon_ses_is_not_set_up(sns: Any, client: Client, settings: Settings) -> None:
    settings.SNS_TOPICS = []
    assert call_of("amazon_ses", "hard", MAIL).post(client) == 404


def test_certificates_are_forgotten_one_by_one(sns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {str(number): object() for number in range(sns.MOST_CERTIFICATES)}
    monkeypatch.setattr(sns, "_unproven", known)
    sns._certificate(CERTIFICATE, sns.host_of(TOPIC))
    assert len(known) == sns.MOST_CERTIFICATES
    assert "0" not in known
    assert "1" in known


def test_forgers_drive_no_certificate_out_that_has_verified_a_message(
    sns: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minute by minute, with as many addresses as are fetched; each is a certificate of Amazon's."""
    assert call_of("amazon_ses", "hard", Mail("0")).post(client) == 200
    monkeypatch.setattr(sns, "fetch", lambda _address: keys().certificate)
    message = sns_signed(amazon_ses("hard", MAIL), time.time()) | {"Signature": "AAAA"}
    for minute in range(3):
        monkeypatch.setattr(sns, "_fetched", deque(maxlen=sns.CERTIFICATES_A_MINUTE))
        for number in range(sns.CERTIFICATES_A_MINUTE):
            forged = CERTIFICATE.replace("1136.pem", f"{minute:02d}{number:02d}.pem")
            assert as_call(message | {"SigningCertURL": forged}).post(client) == 403
    assert len(sns._unproven) == sns.MOST_CERTIFICATES
    monkeypatch.setattr(sns, "fetch", lambda address: pytest.fail(f"{address} was asked again"))
    assert call_of("amazon_ses", "hard", Mail("1")).post(client) == 200


def test_a_known_certificate_that_was_renewed_is_fetched_whatever_forgers_asked_for(sns: Any, client: Client) -> None:
    assert call_of("amazon_ses", "hard", Mail("0")).post(client) == 200
    sns._proven.clear()  # as when it runs out
    sns._fetched.extend([time.monotonic()] * sns.CERTIFICATES_A_MINUTE)
    assert call_of("amazon_ses", "hard", Mail("1")).post(client) == 200


def test_links_that_end_the_subscription_are_not_kept(sns: Any, client: Client) -> None:
    links = dict.fromkeys(("UnsubscribeURL", "SubscribeURL"), "https://sns.eu-west-1.amazonaws.com/?a=link")
    message = sns_signed(amazon_ses("hard", MAIL), time.time()) | links
    assert [as_call(message).post(client) for _ in range(2)] == [200, 200]
    kept = json.loads(body_of(RawEvent.objects.get()))
    assert kept == {name: value for name, value in message.items() if name not in links}


def test_what_nobody_has_signed_is_not_parsed_at_any_length(sns: Any, client: Client) -> None:
    assert as_call(subscription() | {"Message": " " * 512 * 1024}).post(client) == 413
