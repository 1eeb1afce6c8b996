"""The same bounces in other clothes: encoded, as a page, with their parts lost or mislabelled, indented."""

from __future__ import annotations

import base64
import html
import quopri
import re
from collections.abc import Callable

import pytest

from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail.mails import ADA
from tests.newsletters.events.incoming_mail.servers import SERVERS

TYPE = re.compile(rb"\nContent-Type:[^\n]*")
REPORT = b'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_b"'
Clothes = Callable[[bytes], bytes]


def whole(raw: bytes, kind: str, encoding: str, encode: Clothes) -> bytes:
    """The body of a mail without parts, encoded."""
    head, _blank, body = raw.partition(b"\n\n")
    if REPORT in head:
        return raw
    fields = f"\nContent-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    return TYPE.sub(b"", head) + fields + encode(body)


def in_base64(raw: bytes) -> bytes:
    def part(found: re.Match[bytes]) -> bytes:
        return found[1] + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(found[2])

    text = re.compile(rb"(Content-Type: text/plain; charset=utf-8\n)\n(.*?)(?=\n--=_b)", re.DOTALL)
    return text.sub(part, raw) if REPORT in raw else whole(raw, "text/plain", "base64", base64.encodebytes)


def in_quoted_printable(raw: bytes) -> bytes:
    return whole(raw, "text/plain", "quoted-printable", quopri.encodestring)


def as_page(raw: bytes) -> bytes:
    def page(body: bytes) -> bytes:
        return f"<html><body>{html.escape(body.decode())}</body></html>".replace("\n", "<br>\n").encode()

    return whole(raw, "text/html", "8bit", page)


def indented(raw: bytes) -> bytes:
    return whole(raw, "text/plain", "8bit", lambda body: b"\n".join(b"   " + line for line in body.split(b"\n")))


def with_other_types(raw: bytes) -> bytes:
    raw = raw.replace(b"Content-Type: message/rfc822", b"Content-Type: text/rfc822-headers")
    return raw.replace(b"Content-Type: message/delivery-status", b"Content-Type: text/plain")


def without_its_parts(raw: bytes) -> bytes:
    return raw.replace(REPORT, b"Content-Type: text/plain")


def without_our_mail(raw: bytes) -> bytes:
    return raw.partition(b"\n--=_b\nContent-Type: message/rfc822")[0] + b"\n"


def in_capitals(raw: bytes) -> bytes:
    names = re.compile(rb"^(?:final-recipient|action|status|diagnostic-code|content-type|from|subject):", re.I | re.M)
    return names.sub(lambda found: found[0].upper(), raw)


def without_a_return_path(raw: bytes) -> bytes:
    return raw.replace(b"Return-Path: <>\n", b"", 1)


@pytest.mark.parametrize(
    "clothes",
    [
        in_base64, in_quoted_printable, as_page, indented, with_other_types, without_its_parts, without_our_mail,
        in_capitals, without_a_return_path,
    ],
)  # fmt: skip
def test_a_bounce_is_read_whatever_it_wears(clothes: Clothes) -> None:
    wrong = []
    for server, rows in SERVERS.items():
        for form, kind, status, said in rows:
            reading = read_mail(clothes(form(said, status)))
            if (reading.kind, reading.address) != (kind, ADA):
                wrong.append((server, said, reading))
    assert wrong == []
