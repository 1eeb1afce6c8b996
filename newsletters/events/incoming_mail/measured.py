"""A mail taken apart, whatever its bytes are: at a cost that is known before anything is parsed.

Servers send reports that no RFC would pass: parts in base64 that may not be, character sets that don't exist,
boundaries that never come. Nothing here raises because of what a mail holds. What lies beyond a limit isn't read: a
bounce says what it has to say first and attaches our own mail behind it.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, unquote
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Any

from lib.characters import without_controls

LONGEST_MAIL = 256 * 1024  # octets
MOST_LINES = 10_000
MOST_MULTIPARTS = 20  # the parser asks every level about every line
MOST_PARTS = 100
MOST_FIELDS = 500
LONGEST_FIELD = 4_000  # characters
LONGEST_LINE = 1_000  # characters; longer ones are cut into several
MOST_TEXT = 64 * 1024  # characters of one part

# The parser must not descend into attached mails, nor take reports apart by its own ideas: both are read as text.
_ATTACHED = re.compile(rb"^(content-type:\s*)message/", re.IGNORECASE | re.MULTILINE)
_TEXT_OF_A_MESSAGE = "text/x-message-"
_MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
_FIELD = re.compile(r"([!-9;-~]{1,76})[ \t]*:[ \t]*(.*)")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n|\r[ \t]*\r")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Python remembers each name that it was asked for, for ever: only these are asked for, by one name each. Without its
# codecs that are no character sets of mails: those that give no text, or whose time grows with the square of it.
_LONGEST_CHARSET = 40  # characters of its name
_CHARSETS = {
    *aliases.values(), "cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_t", "koi8_u", "mac_arabic",
    "mac_croatian", "mac_farsi", "mac_romanian", "utf_8_sig",
} - {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}  # fmt: skip
_ENDS_A_LINE = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "pre", "blockquote", "hr"}
_NOT_SHOWN = {"script", "style", "head", "title"}


class Fields:
    """Header fields by name in lower case, unfolded and decoded, each at most `LONGEST_FIELD` long."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._first: dict[str, str] = {}
        for name, value in pairs:
            self._first.setdefault(name, value)

    def __getitem__(self, name: str) -> str:
        """The first value of this name, or an empty text."""
        return self._first.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def every(self, name: str) -> list[str]:
        return [value for each, value in self.pairs if each == name]


@dataclass(frozen=True, slots=True)
class MailPart:
    """A leaf of a mail: its type in lower case (“message/…” whatever stood around it) and its text."""

    content_type: str
    text: str


@dataclass(frozen=True, slots=True)
class MeasuredMail:
    fields: Fields
    content_type: str
    parts: list[MailPart] = field(default_factory=list)


class _Bounded(Message):
    """Splitting a field into parameters takes a time that grows with the square of their number."""

    def get_param(self, *args: Any, **options: Any) -> Any:
        header = args[2] if len(args) > 2 else options.get("header", "content-type")
        if len(str(self.get(header, ""))) > LONGEST_FIELD:
            return args[1] if len(args) > 1 else options.get("failobj")
        return super().get_param(*args, **options)

    def get_boundary(self, failobj: Any = None) -> Any:
        """One in a codec of its own (RFC 2231) is read in those alone that are character sets."""
        said = self.get_param("boundary")
        if not isinstance(said, tuple):
            return super().get_boundary(failobj)
        charset, language, text = said
        codec = _codec_of(charset or "us-ascii")
        try:
            return (collapse_rfc2231_value((codec, language, text)) if codec else unquote(text)).rstrip()
        except ValueError:
            return failobj


def take_apart(raw: bytes) -> MeasuredMail:
    """The fields and the leaves of a mail. Never raises; linear in the smaller of the mail and the limits."""
    raw = _shortened(raw)
    head = _BLANK_LINE.split(raw, maxsplit=1)[0]
    fields = _fields_in(head)
    if len(_MULTIPART.findall(raw)) > MOST_MULTIPARTS:
        body = raw[len(head) :]
        return MeasuredMail(fields, "text/plain", [MailPart("text/plain", _bounded_text(_as_text(body, None)))])
    message = email.message_from_bytes(_ATTACHED.sub(rb"\1" + _TEXT_OF_A_MESSAGE.encode(), raw), _Bounded)
    parts = []
    for leaf in message.walk():
        if not leaf.is_multipart():
            parts.append(_part(leaf))
            if len(parts) == MOST_PARTS:
                break
    return MeasuredMail(fields, _type_of(message), parts)


def fields_of(raw: bytes) -> Fields:
    """The fields of a mail alone."""
    return _fields_in(_BLANK_LINE.split(_shortened(raw), maxsplit=1)[0])


def _fields_in(head: bytes) -> Fields:
    return Fields(list(read_fields(_as_text(head, None).split("\n"))))


def read_fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The header fields in these lines, up to the first blank one; lines that belong to no field are skipped."""
    name, value, count = "", "", 0
    for line in lines:
        if not line.strip():
            break
        if line[0] in " \t" and name:
            if len(value) < LONGEST_FIELD:
                value += " " + line.strip()
            continue
        found = _FIELD.match(line[:LONGEST_FIELD])
        if found is None:
            continue
        if name:
            yield name, _decoded(value)
            count += 1
            if count == MOST_FIELDS:
                return
        name, value = found[1].lower(), found[2].strip()
    if name:
        yield name, _decoded(value)


def lines_of(text: str) -> list[str]:
    return text.split("\n")


def _shortened(raw: bytes) -> bytes:
    raw = raw[:LONGEST_MAIL].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if raw.startswith((b"From ", b">From ")):  # of a mailbox file
        raw = raw.partition(b"\n")[2]
    if raw.count(b"\n") + raw.count(b"\r") <= MOST_LINES:
        return raw
    return b"".join(raw.splitlines(keepends=True)[:MOST_LINES])


def _part(leaf: Message) -> MailPart:
    content_type = _type_of(leaf)
    if not content_type.startswith(("text/", "message/")):
        return MailPart(content_type, "")
    try:
        payload = leaf.get_payload(decode=True)
    except ValueError:  # broken uuencode: there is nothing in it to read
        payload = b""
    octets = payload if isinstance(payload, bytes) else b""
    charset = leaf.get_param("charset")
    text = _bounded_text(_as_text(octets, charset if isinstance(charset, str) else None))
    return MailPart(content_type, _text_of_html(text) if content_type == "text/html" else text)


def _type_of(message: Message) -> str:
    said = message.get_content_type()
    return said.replace(_TEXT_OF_A_MESSAGE, "message/", 1)


def _as_text(octets: bytes, charset: str | None) -> str:
    """In the character set it says if that gives a text; else in UTF-8; else in the one that reads any octets."""
    octets = octets[:LONGEST_MAIL]
    for name in (charset, "utf-8"):
        if not name:
            continue
        codec = _codec_of(name)
        try:
            text = octets.decode(codec) if codec else ""
        except ValueError:
            continue
        if text:
            break
    else:
        text = octets.decode("latin-1")
    return without_controls(_BREAKS.sub("\n", text))


def _codec_of(charset: str) -> str | None:
    """Python's name for a character set; None if it has none for it."""
    name = charset.strip("\"' ").lower()
    if not name.isascii() or len(name) > _LONGEST_CHARSET:
        return None
    name = normalize_encoding(name)
    codec = aliases.get(name) or aliases.get(name.replace(".", "_")) or name
    return codec if codec in _CHARSETS else None


def _bounded_text(text: str) -> str:
    text = text[:MOST_TEXT]
    if all(len(line) <= LONGEST_LINE for line in lines_of(text)):
        return text
    return "\n".join(piece for line in lines_of(text) for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    for at in range(0, max(len(line), 1), LONGEST_LINE):
        yield line[at : at + LONGEST_LINE]


def _decoded(value: str) -> str:
    """RFC 2047's encoded words as what they say; one that says nothing readable stays as it is."""
    value = value[:LONGEST_FIELD].strip()
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    text = "".join(_as_text(said, charset) if isinstance(said, bytes) else said for said, charset in pieces)
    return " ".join(text.split())


def _text_of_html(text: str) -> str:
    """The words of a page, a block a line: what its tags mean doesn't matter here."""
    from lxml import etree  # late, as every parser: tests/iria/test_worker_imports.py
    from lxml import html as lxml_html

    try:
        root = lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):  # nothing but blanks or comments
        return ""
    said: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _ENDS_A_LINE:
                said.append("\n")
            if tag and tag not in _NOT_SHOWN:
                said.append(" ".join((element.text or "").split()) + " " if element.text else "")
        else:
            if tag in _ENDS_A_LINE:
                said.append("\n")
            said.append(" ".join((element.tail or "").split()) + " " if element.tail else "")
    joined = "".join(said).replace("\u00a0", " ")
    return "\n".join(line.strip() for line in joined.split("\n") if line.strip())
