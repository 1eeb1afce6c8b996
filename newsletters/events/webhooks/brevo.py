"""Brevo, whose calls leave out what is attached to a mail that comes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from anymail.inbound import AnymailInboundMessage

from newsletters.events.webhooks.service import UNREADABLE, Direction, Service


class Brevo(Service):
    def make_view(self) -> Any:
        if self.direction is Direction.TRACKING:
            return super().make_view()
        # anymail wants the key of the API for the attachments, which we don't fetch.
        own = {"_fetch_attachment": _without_its_content}
        return type(self._view_class.__name__, (self._view_class,), own)(api_key="")

    def split(self, body: bytes) -> list[bytes]:
        if self.direction is Direction.TRACKING:
            return super().split(body)
        try:
            return [json.dumps({"items": [each]}).encode() for each in json.loads(body)["items"]]
        except UNREADABLE:
            return []


def _without_its_content(_view: Any, attachment: Mapping[str, Any]) -> Any:
    return AnymailInboundMessage.construct_attachment(
        content_type="application/octet-stream", content=b"", filename=str(attachment.get("Name", ""))
    )
