"""Mailgun, which signs a time and a token, and not what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from newsletters.events.webhooks.service import Service, from_epoch


class Mailgun(Service):
    """Whoever has seen one call could sign others with its token, so a token is good for a day, and for one call."""

    def signed_at(self, request: HttpRequest, body: bytes) -> datetime | None:
        return from_epoch(self._signature(request, body)["timestamp"])

    def identity(self, request: HttpRequest, body: bytes) -> bytes:
        return str(self._signature(request, body)["token"]).encode()

    @staticmethod
    def _signature(request: HttpRequest, body: bytes) -> Mapping[str, Any]:
        if request.content_type == "application/json":
            signature: Mapping[str, Any] = json.loads(body)["signature"]
            return signature
        return request.POST
