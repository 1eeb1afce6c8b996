"""SendGrid, whose signature covers its time."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from newsletters.events.webhooks.service import Service, from_epoch


class SendGrid(Service):
    def signed_at(self, request: HttpRequest, body: bytes) -> datetime | None:
        if getattr(self._view, "webhook_verification_key", None) is None:
            return None
        return from_epoch(request.headers["X-Twilio-Email-Event-Webhook-Timestamp"])
