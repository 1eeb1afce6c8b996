"""A caught mail taken apart for the page that shows it.

Anything may have been sent to the catcher, and the standard library's parser takes the square of the length for long
headers and for parts within parts. So a mail is measured first: what is beyond `LARGEST_HEAD`, `LONGEST_FIELD` and
`MOST_PARTS` is left out here, and stands in the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import MIMEPart

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from iria.inbox.headers import decoded

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}’”']|mailto:[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_HEAD = re.compile(r"<head(?:\s[^<>]*)?>", re.IGNORECASE)
LARGEST_HEAD = 256 * 1024  # bytes; mail servers take a quarter of it
LONGEST_FIELD = 2000  # bytes, of a field that says what a part is
MOST_COMMENTS = 20  # each may stand within the one before it
MOST_PARTS = 50
_PART_FIELD = re.compile(rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_TOO_MANY_PARTS = "This email has more than {most} parts, so it is shown as its source only."


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
    if raw.lower().count(b"boundary=") > MOST_PARTS:
        return Parts(html="", text=_TOO_MANY_PARTS.format(most=MOST_PARTS), headers=_headers(raw), attachments=[])
    measured = _PART_FIELD.sub(_measured_field, _without_a_long_head(raw))
    mail = message_from_bytes(measured, policy=policy.default)
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    return Parts(
        html=_content(html),
        text=_content(text),
        headers=_headers(raw),
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


def _measured_field(field: re.Match[bytes]) -> bytes:
    text: bytes = field.group()[:LONGEST_FIELD]
    return text if text.count(b"(") <= MOST_COMMENTS else text.partition(b"(")[0]


def _without_a_long_head(raw: bytes) -> bytes:
    """Of a head that is too long, only the fields that say what the mail is made of."""
    blank = _BLANK_LINE.search(raw)
    end, body = blank.span() if blank else (len(raw), len(raw))
    if end <= LARGEST_HEAD:
        return raw
    fields = [field.group().rstrip(b"\r") for field in _PART_FIELD.finditer(raw, 0, end)]
    return b"\r\n".join([*fields, b"", b""]) + raw[body:]


def _headers(raw: bytes) -> list[Header]:
    """As they stand in the mail, in order, unfolded and decoded; no parser that would drop a broken one."""
    head = _BLANK_LINE.split(raw[:LARGEST_HEAD], maxsplit=1)[0]
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    pairs = (line.partition(b":") for line in lines)
    return [Header(name.decode("utf-8", "replace"), decoded(value.strip())) for name, _, value in pairs]


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
