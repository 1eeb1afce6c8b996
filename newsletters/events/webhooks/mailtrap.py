"""Mailtrap, which tells of a mail that came in by its number alone."""

from __future__ import annotations

import json
from urllib.parse import quote

from newsletters.events.webhooks.kept_mails import KeptMail, MailApi
from newsletters.events.webhooks.service import Direction, Service

_CAME_IN = {"inbound.message_received", "inbound_message_received"}  # the second in its example
_EXAMPLE = 1  # the inbox of “Test your integration”


class Mailtrap(Service):
    """What it keeps lies in Amazon's S3, at an address that it signs for some minutes."""

    def needs(self) -> str:
        which = "INBOUND" if self.direction is Direction.INBOUND else "TRACKING"
        return f"Set ANYMAIL_MAILTRAP_{which}_SECRET to the signature key of the webhook."

    def kept_mails(self, body: bytes) -> list[KeptMail]:
        events = json.loads(body)["events"]
        if any(event["event"] not in _CAME_IN for event in events):
            raise ValueError("Mailtrap's webhook for tracking was given the address for inbound.")
        return [
            KeptMail((str(int(event["inbox_id"])), str(event["message_id"])[:200]))
            for event in events
            if event.get("inbox_id") not in (None, _EXAMPLE)
        ]

    def fetch(self, mail: KeptMail) -> bytes:
        api = MailApi(
            self._view.api_url, {"Authorization": f"Bearer {self._view.api_token}"},
            storage=(".mailtrap.io", ".amazonaws.com"), key_setting="ANYMAIL_MAILTRAP_API_TOKEN",
        )  # fmt: skip
        inbox, number = (quote(each, safe="") for each in mail.place)
        return api.download(api.describe(f"inbound/inboxes/{inbox}/messages/{number}").get("raw_message_url"))
