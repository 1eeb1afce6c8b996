"""Mandrill, whose events come as a list in a field of a form."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from newsletters.events.webhooks.service import UNREADABLE, Service


class Mandrill(Service):
    """Signed with the URL and a key, which it gives only after it has asked by HEAD whether somebody is there."""

    head_before_set_up = True

    def is_protected(self) -> bool:
        return self._view.webhook_key is not None

    def needs(self) -> str:
        return "Set ANYMAIL_MANDRILL_WEBHOOK_KEY to the key of the webhook."

    def check_further(self, request: HttpRequest, body: bytes) -> None:
        self._events(body)

    def split(self, body: bytes) -> list[bytes]:
        try:
            events = self._events(body)
        except UNREADABLE:
            return []
        return [urlencode({"mandrill_events": json.dumps([each])}).encode() for each in events]

    @staticmethod
    def _events(body: bytes) -> list[object]:
        events = json.loads(QueryDict(body)["mandrill_events"])
        if not isinstance(events, list):
            raise TypeError("no list")
        return events
