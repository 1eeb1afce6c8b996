"""The mail in a call as the service got it, where the service passes it on: nothing is parsed and written anew, which a
mail of a stranger can make fail.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newsletters.events.webhooks.service import UNREADABLE, Service, stored_request

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class RawMail:
    """`recipient`: the envelope's, or an empty text."""

    content: bytes
    recipient: str


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a service's call has the mail, the recipient, and whether the mail is in base64."""

    mail: _Path
    recipient: _Path
    encoding: _Path = ()


_RELAYED: _Path = ("msys", "relay_message")
_PLACES: Mapping[str, _Places] = {
    "amazon_ses": _Places(("content",), ("receipt", "recipients", 0), ("receipt", "action", "encoding")),
    "mailersend": _Places(("data", "raw"), ("data", "recipients", "rcptTo", 0, "email")),
    "mailgun": _Places(("body-mime",), ("recipient",)),
    "mandrill": _Places(("msg", "raw_msg"), ("msg", "email")),
    "postal": _Places(("message",), ("rcpt_to",), ("base64",)),
    "postmark": _Places(("RawEmail",), ("OriginalRecipient",)),
    "sendgrid": _Places(("email",), ("envelope", "to", 0)),
    "sparkpost": _Places(
        (*_RELAYED, "content", "email_rfc822"), (*_RELAYED, "rcpt_to"), (*_RELAYED, "content", "email_rfc822_is_base64")
    ),
}  # fmt: skip
_IN_BASE64 = (True, "BASE64")


def raw_mail(service: Service, body: bytes, content_type: str) -> RawMail | None:
    """Of a call with one mail. None where the service passed on something else, which anymail may understand."""
    places = _PLACES.get(service.name)
    if places is None:
        return None
    try:
        told = _told(service, body, content_type)
        content = _at(told, places.mail)
        if not isinstance(content, str):
            return None
        octets = content.encode(errors="replace")
        if places.encoding and _at(told, places.encoding) in _IN_BASE64:
            octets = b64decode(octets)
    except UNREADABLE:
        return None
    return RawMail(octets, as_recipient(_at(told, places.recipient)))


def as_recipient(value: Any) -> str:
    """What a service says of the envelope; an empty text for what can't be an address."""
    return value if isinstance(value, str) and len(value) <= 320 else ""


def _told(service: Service, body: bytes, content_type: str) -> Any:
    """Raises what is `UNREADABLE`."""
    if service.name in {"mailgun", "sendgrid"}:
        fields: dict[str, Any] = stored_request(body, content_type).POST.dict()
        if "envelope" in fields:
            fields["envelope"] = json.loads(fields["envelope"])
        return fields
    if service.name == "mandrill":
        return json.loads(stored_request(body, content_type).POST["mandrill_events"])[0]
    told = json.loads(body)
    if service.name == "amazon_ses":
        return json.loads(told["Message"])
    return told[0] if isinstance(told, list) else told


def _at(told: Any, path: _Path) -> Any:
    """None where there is nothing."""
    for step in path:
        try:
            told = told[step]
        except (KeyError, IndexError, TypeError):
            return None
    return told
