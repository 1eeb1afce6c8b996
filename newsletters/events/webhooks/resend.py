"""Resend, which signs by the scheme of Svix. anymail checks it by Svix' own package, with all that this brings along;
it is one HMAC. https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from newsletters.events.webhooks.service import RefusedCall, Service, from_epoch

_SECRET = "signing_secret"  # noqa: S105 - the name of a setting
TOLERANCE = timedelta(minutes=5)  # Svix' own: each try is signed anew


class Resend(Service):
    """Protected by the signature where its secret is set, else by ANYMAIL_WEBHOOK_SECRET."""

    brings_mail = False

    def make_view(self) -> Any:
        self._key = self._read_key()
        return self._view_class(**{_SECRET: None})

    def is_protected(self) -> bool:
        return self._key is not None or bool(self._view.basic_auth)

    def needs(self) -> str:
        return "Set ANYMAIL_RESEND_SIGNING_SECRET to the secret of the webhook (whsec_…)."

    def check_further(self, request: HttpRequest, body: bytes) -> None:
        if self._key is None:
            return
        headers = request.headers
        signed = b".".join([headers["svix-id"].encode(), headers["svix-timestamp"].encode(), body])
        own = b"v1," + base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        if not any(hmac.compare_digest(own, each.encode()) for each in headers["svix-signature"].split(" ")[:10]):
            raise RefusedCall("Its signature is wrong (ANYMAIL_RESEND_SIGNING_SECRET).")
        if abs(timezone.now() - self._time(request)) > TOLERANCE:
            raise RefusedCall("It was signed more than five minutes ago.")

    def _time(self, request: HttpRequest) -> datetime:
        return from_epoch(request.headers["svix-timestamp"])

    def _read_key(self) -> bytes | None:
        """Raises ValueError for one that is none."""
        secret = self.setting(_SECRET)
        if secret is None:
            return None
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise ValueError("no key") from None
