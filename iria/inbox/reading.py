"""A caught mail taken apart for the page that shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import MIMEPart

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from iria.inbox.headers import decoded

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}’”']|mailto:[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True)
class Parts:
    """Empty where the mail has no such part."""

    html: str
    text: str
    headers: list[Header]
    attachments: list[str]  # file names, or the type where there is none


def take_apart(raw: bytes) -> Parts:
    """Never raises on broken mail: what cannot be decoded is shown with replacement characters."""
    mail = message_from_bytes(raw, policy=policy.default)
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    return Parts(
        html=_content(html),
        text=_content(text),
        headers=[Header(name, value) for name, value in _headers(raw)],
        attachments=[part.get_filename() or part.get_content_type() for part in mail.iter_attachments()],
    )


def _content(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset nobody knows
        return payload.decode("utf-8", "replace")


def _headers(raw: bytes) -> list[tuple[str, str]]:
    """As they stand in the mail, in order, unfolded and decoded; no parser that would drop a broken one."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    pairs = (line.partition(b":") for line in lines)
    return [(name.decode("utf-8", "replace"), decoded(value.strip())) for name, _, value in pairs]


def with_links_in_new_tabs(html: str) -> str:
    """The mail's own HTML, whose links open beside the inbox instead of inside its frame."""
    base = '<base target="_blank">'
    head = _HEAD.search(html)
    return f"{html[: head.end()]}{base}{html[head.end() :]}" if head else base + html


def with_links(text: str) -> SafeString:
    """Plain text as HTML: escaped, with its addresses to click on."""
    pieces: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = escape(found.group())
        pieces += [
            escape(text[end : found.start()]),
            f'<a href="{address}" target="_blank" rel="noopener">{address}</a>',
        ]
        end = found.end()
    pieces.append(escape(text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped above
