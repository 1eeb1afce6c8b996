"""Brevo, whose calls leave out what is attached to a mail that comes in: the report for machines in a bounce, too, so
that it is asked for where the key of the API is there. https://developers.brevo.com/docs/inbound-parse-webhooks
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from anymail.inbound import AnymailInboundMessage

from newsletters.events.incoming_mail.delivery_reports import REPORTS
from newsletters.events.webhooks.kept_mails import KeptMail, MailApi
from newsletters.events.webhooks.raw_mails import as_recipient
from newsletters.events.webhooks.service import UNREADABLE, Direction, Service

MOST_REPORTS = 3  # of one mail that are asked for


class Brevo(Service):
    def make_view(self) -> Any:
        if self.direction is Direction.TRACKING:
            return super().make_view()
        # anymail wants the key of the API for the attachments, which we don't fetch.
        own = {"_fetch_attachment": _without_its_content}
        return type(self._view_class.__name__, (self._view_class,), own)(api_key="")

    def kept_mails(self, body: bytes) -> list[KeptMail]:
        """All of a call in which one has a report."""
        if self.direction is Direction.TRACKING or not self.setting("api_key"):
            return []
        items = json.loads(body)["items"]
        if not any(_is_report(each) for item in items for each in item.get("Attachments") or ()):
            return []
        return [_kept_mail(item) for item in items]

    def fetch(self, mail: KeptMail) -> bytes:
        api = MailApi(
            self._view.api_url, {"api-key": self.setting("api_key") or ""}, key_setting="ANYMAIL_BREVO_API_KEY"
        )  # fmt: skip
        left = iter(range(MOST_REPORTS))

        def attached(view: Any, attachment: Mapping[str, Any]) -> Any:
            if not _is_report(attachment) or next(left, None) is None:
                return _without_its_content(view, attachment)
            token = quote(str(attachment["DownloadToken"])[:2000], safe="")
            return AnymailInboundMessage.construct_attachment(
                content_type=attachment["ContentType"], content=api.part(f"inbound/attachments/{token}"),
                filename=str(attachment.get("Name", "")),
            )  # fmt: skip

        view = type(self._view_class.__name__, (self._view_class,), {"_fetch_attachment": attached})(api_key="")
        content: bytes = view.esp_to_anymail_event(json.loads(mail.place[0])).message.as_bytes()
        return content

    def split(self, body: bytes) -> list[bytes]:
        if self.direction is Direction.TRACKING:
            return super().split(body)
        try:
            return [json.dumps({"items": [each]}).encode() for each in json.loads(body)["items"]]
        except UNREADABLE:
            return []


def _kept_mail(item: Mapping[str, Any]) -> KeptMail:
    """Known by what was told of it: each time that a mail is written anew the boundaries of its parts are others."""
    told = json.dumps(item)
    return KeptMail((told,), _recipient_of(item), identity=b"brevo " + told.encode())


def _recipient_of(item: Mapping[str, Any]) -> str:
    told = (item.get("Headers") or {}).get("Delivered-To", "")
    return as_recipient(unquote(told) if isinstance(told, str) else "")


def _is_report(attachment: Mapping[str, Any]) -> bool:
    return attachment.get("ContentType") in REPORTS and bool(attachment.get("DownloadToken"))


def _without_its_content(_view: Any, attachment: Mapping[str, Any]) -> Any:
    return AnymailInboundMessage.construct_attachment(
        content_type="application/octet-stream", content=b"", filename=str(attachment.get("Name", ""))
    )
