"""A whole mail: Django's own message, written by our writer instead of the standard library's.

Seven bits throughout, since a hop that knows no 8BITMIME (RFC 6152) would convert anything else and break its
signature; only an address beyond ASCII puts UTF-8 into a header, and such a mail goes to servers with SMTPUTF8 alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message as ParsedMessage
from email.parser import BytesParser
from email.policy import Compat32, compat32
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from mail.writing import bodies, fields, identity

_OWN = {"from", "to", "cc", "reply-to", "subject", "mime-version", "content-type", "content-transfer-encoding"}


class WrittenMessage(ParsedMessage):
    """A mail that is written already. Reads like any parsed message; its bytes are those that we wrote, unless somebody
    changed it since (a mail service's backend may)."""

    written = b""
    _headers: list[tuple[str, Any]]

    def remember(self, written: bytes) -> WrittenMessage:
        self.written, self._as_read = written, self._shape()
        return self

    def _shape(self) -> list[list[tuple[str, Any]]]:
        return [list(part._headers) for part in self.walk()]

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\n") -> bytes:
        if not self.written or unixfrom or self._shape() != self._as_read:
            return super().as_bytes(unixfrom, policy or self.policy.clone(linesep=linesep))
        return self.written if linesep == "\r\n" else self.written.replace(b"\r\n", linesep.encode())


class Mail(EmailMultiAlternatives):
    """Subject, text and perhaps HTML to one recipient. `message` raises ValueError for a header that cannot be."""

    def message(self, *, policy: Compat32 = compat32) -> WrittenMessage:  # type: ignore[override]
        if self.attachments:
            raise ValueError("Our emails have no attachments.")
        written = self.head() + self._body()
        parsed: Any = BytesParser(WrittenMessage, policy=policy).parsebytes(written)
        return WrittenMessage.remember(parsed, written)

    def head(self) -> bytes:
        """The header fields, but for those of the content."""
        extra = {"Date": format_datetime(timezone.now()), **self.extra_headers}
        if "Message-ID" not in extra:
            extra["Message-ID"] = identity.unique_message_id("mail")
        return b"".join([
            fields.field("MIME-Version", "1.0"),
            fields.mailboxes("From", [self.from_email]),
            fields.mailboxes("To", self.to),
            *([fields.mailboxes("Cc", self.cc)] if self.cc else []),
            *([fields.mailboxes("Reply-To", self.reply_to)] if self.reply_to else []),
            fields.field("Subject", str(self.subject)),
            *(fields.field(name, str(value)) for name, value in extra.items() if name.lower() not in _OWN),
        ])  # fmt: skip

    def _body(self) -> bytes:
        parts = list(self._parts())
        if len(parts) == 1:
            return parts[0]
        boundary = boundary_for(*parts)
        fence = f"\r\n--{boundary}"
        head = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'
        fenced = [f"{fence}\r\n".encode() + part for part in parts]
        return b"".join([head.encode(), *fenced, f"{fence}--\r\n".encode()])

    def _parts(self) -> Iterator[bytes]:
        yield part_head("plain") + bodies.quoted_printable(str(self.body))
        for alternative in self.alternatives:
            content, mimetype = alternative
            yield part_head(str(mimetype).removeprefix("text/")) + bodies.quoted_printable(str(content))


def boundary_for(*parts: bytes) -> str:
    """The same for the same parts, and in none of them."""
    return "iria-" + blake2b(b"".join(parts), digest_size=12).hexdigest()


def part_head(subtype: str, encoding: str = "quoted-printable") -> bytes:
    """With the blank line behind it."""
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
