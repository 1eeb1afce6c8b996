"""Amazon SES, whose events come through a topic of Amazon SNS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from anymail.webhooks.base import AnymailBaseWebhookView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from lib.sns_topics import TOPIC_ARN
from newsletters.events.webhooks import amazon_s3, amazon_sns
from newsletters.events.webhooks.kept_mails import CannotFetch, KeptMail
from newsletters.events.webhooks.raw_mails import as_recipient
from newsletters.events.webhooks.service import MOST_UNSIGNED_BYTES, Direction, Service

_LINKS = {"UnsubscribeURL", "SubscribeURL"}


class AmazonSes(Service):
    """Protected by the signature of SNS, and by ANYMAIL_WEBHOOK_SECRET as well where that is set."""

    def make_view(self) -> Any:
        # Without boto3, by which anymail confirms subscriptions and fetches mails, as we do by ourselves.
        own = {"__init__": AnymailBaseWebhookView.__init__}
        return type(self._view_class.__name__, (self._view_class,), own)()

    def is_protected(self) -> bool:
        return bool(settings.SNS_TOPICS)

    def needs(self) -> str:
        return "Set SNS_TOPICS to the ARN of the SNS topic that gets the events of Amazon SES."

    def most_bytes(self, request: HttpRequest) -> int:
        return MOST_UNSIGNED_BYTES

    def kept(self, request: HttpRequest, body: bytes) -> bytes:
        """Without the links by which anybody could end the subscription, or make one."""
        message = json.loads(body)
        links = [name for name in message if name in _LINKS]
        for name in links:
            del message[name]
        return json.dumps(message).encode() if links else body

    def check_further(self, request: HttpRequest, body: bytes) -> None:
        amazon_sns.verify(json.loads(body))

    def signed_at(self, request: HttpRequest, body: bytes) -> datetime | None:
        at = parse_datetime(json.loads(body)["Timestamp"])
        if at is None:
            raise ValueError("no time")
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def answer(self, body: bytes) -> HttpResponse | None:
        message = json.loads(body)
        if message["Type"] == "Notification":
            return None
        if message["Type"] == "SubscriptionConfirmation":
            amazon_sns.confirm(message)
            return HttpResponse("Subscribed.\n", content_type="text/plain")
        return HttpResponse("Noted.\n", content_type="text/plain")  # that it ended

    def split(self, body: bytes) -> list[bytes]:
        return []

    def kept_mails(self, body: bytes) -> list[KeptMail]:
        message = json.loads(body)
        event = json.loads(message["Message"])
        if self.direction is Direction.TRACKING or event.get("notificationType") != "Received":
            return []
        action = event["receipt"]["action"]
        if action["type"] != "S3":
            return []
        recipient = as_recipient((event["receipt"].get("recipients") or [""])[0])
        return [KeptMail((message["TopicArn"], str(action["bucketName"]), str(action["objectKey"])), recipient)]

    def fetch(self, mail: KeptMail) -> bytes:
        topic, bucket, name = mail.place
        found = TOPIC_ARN.fullmatch(topic)
        if found is None:
            raise CannotFetch(f"{topic} isn't the ARN of a topic.")
        return amazon_s3.fetch_object(found[1], found[2], bucket, name)
