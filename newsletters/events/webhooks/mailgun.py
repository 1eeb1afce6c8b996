"""Mailgun, which signs a time and a token, and not what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from newsletters.events.webhooks.service import (
    MOST_UNSIGNED_BYTES,
    Direction,
    Service,
    from_epoch,
    source_name,
)

_DIGITS = re.compile(r"[0-9]{1,12}")


class Mailgun(Service):
    """A reader of one call could sign others with its token, so a signature is good for a day, and for one call:
    of an event or of a mail. Time and token are signed without anything between them: what counts is the signature,
    wherever the one ends and the other begins."""

    def most_bytes(self, request: HttpRequest) -> int:
        return MOST_UNSIGNED_BYTES if _is_json(request) else super().most_bytes(request)

    def signed_at(self, request: HttpRequest, body: bytes) -> datetime | None:
        seconds = str(self._signature(request, body)["timestamp"])
        if _DIGITS.fullmatch(seconds) is None:
            raise ValueError("no time")
        return from_epoch(seconds)

    def identity(self, request: HttpRequest, body: bytes) -> bytes:
        return str(self._signature(request, body)["signature"]).encode()

    @property
    def or_of(self) -> tuple[str, ...]:
        other = Direction.TRACKING if self.direction is Direction.INBOUND else Direction.INBOUND
        return (source_name(self.name, other),)

    def kept(self, request: HttpRequest, body: bytes) -> bytes:
        signature = self.identity(request, body)
        return body.replace(signature, b"0" * len(signature))

    @staticmethod
    def _signature(request: HttpRequest, body: bytes) -> Mapping[str, Any]:
        if _is_json(request):
            signature: Mapping[str, Any] = json.loads(body)["signature"]
            return signature
        return request.POST


def _is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"
