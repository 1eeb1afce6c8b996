"""Resend, which signs by the scheme of Svix. anymail checks it by Svix' own package, with all that this brings along;
it is one HMAC. https://docs.svix.com/receiving/verifying-payloads/how-manual

Of a mail that came in it tells the number. https://resend.com/docs/api-reference/emails/retrieve-received-email
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils import timezone

from newsletters.events.webhooks.kept_mails import CannotFetch, KeptMail, MailApi
from newsletters.events.webhooks.raw_mails import as_recipient
from newsletters.events.webhooks.service import Direction, RefusedCall, Service, from_epoch

TOLERANCE = timedelta(minutes=5)  # Svix' own: each try is signed anew


class Resend(Service):
    """Protected by the signature where its secret is set, else by ANYMAIL_WEBHOOK_SECRET."""

    def make_view(self) -> Any:
        self._key = self._read_key()
        return self._view_class(**{self._secret: None})

    @property
    def _secret(self) -> str:
        """The name of the setting: each webhook has a secret of its own."""
        return "inbound_secret" if self.direction is Direction.INBOUND else "signing_secret"

    def is_protected(self) -> bool:
        return self._key is not None or bool(self._view.basic_auth)

    def needs(self) -> str:
        return f"Set ANYMAIL_RESEND_{self._secret.upper()} to the secret of the webhook (whsec_…)."

    def check_further(self, request: HttpRequest, body: bytes) -> None:
        if self._key is None:
            return
        headers = request.headers
        signed = b".".join([headers["svix-id"].encode(), headers["svix-timestamp"].encode(), body])
        own = b"v1," + base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        if not any(hmac.compare_digest(own, each.encode()) for each in headers["svix-signature"].split(" ")[:10]):
            raise RefusedCall(f"Its signature is wrong (ANYMAIL_RESEND_{self._secret.upper()}).")
        if abs(timezone.now() - self._time(request)) > TOLERANCE:
            raise RefusedCall("It was signed more than five minutes ago.")

    def kept_mails(self, body: bytes) -> list[KeptMail]:
        if self.direction is Direction.TRACKING:
            return []
        told = json.loads(body)
        if told["type"] != "email.received":
            raise ValueError("Resend's webhook for tracking was given the address for inbound.")
        to = told["data"].get("to") or [""]
        return [KeptMail((str(told["data"]["email_id"])[:200],), as_recipient(to[0]) if len(to) == 1 else "")]

    def fetch(self, mail: KeptMail) -> bytes:
        api = MailApi(
            self._view.api_url, {"Authorization": f"Bearer {self._view.api_key}"},
            storage=(".resend.com", ".cloudfront.net"), key_setting="ANYMAIL_RESEND_API_KEY",
        )  # fmt: skip
        raw = api.describe(f"emails/receiving/{quote(mail.place[0], safe='')}").get("raw")
        if not isinstance(raw, dict):
            raise CannotFetch("Resend doesn't have the email as it came.")
        return api.download(raw.get("download_url"))

    def _time(self, request: HttpRequest) -> datetime:
        return from_epoch(request.headers["svix-timestamp"])

    def _read_key(self) -> bytes | None:
        """Raises ValueError for one that is none."""
        secret = self.setting(self._secret)
        if secret is None:
            return None
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise ValueError("no key") from None
