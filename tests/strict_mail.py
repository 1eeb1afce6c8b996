"""A reader of mails that forgives nothing: RFC 5322 without its obsolete forms, 2045 to 2047, 2369, 2919, 6532, 8058.

Written from the RFCs alone and sharing nothing with the writer. `read` raises AssertionError with the line in question.
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

ONCE = {"date", "from", "to", "subject", "message-id", "mime-version", "content-type"}
ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
DOT_ATOM = rf"[{ATEXT}]+(?:\.[{ATEXT}]+)*"
DOT_ATOM_UTF8 = rf"[\u0080-\U0010ffff{ATEXT}]+(?:\.[\u0080-\U0010ffff{ATEXT}]+)*"
DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
ENCODED_WORD = r"=\?[A-Za-z0-9-]+\?[bBqQ]\?[!->@-~]*\?="
QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
PHRASE = rf"{QUOTED}|{ENCODED_WORD}(?: {ENCODED_WORD})*"
URI = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
DATE = rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{{2}} {_MONTH} \d{{4}} \d\d:\d\d:\d\d [+-]\d{{4}}"
QP_LINE = rb"(?:[!-<>-~ \t]|=[0-9A-F]{2})*"


@dataclass(frozen=True)
class Mailbox:
    name: str
    address: str


@dataclass(frozen=True)
class StrictMail:
    raw: tuple[tuple[str, str], ...]  # names and unfolded values, in order
    texts: dict[str, str]  # what each part says, by subtype, with line ends as \n
    encodings: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """The only value of that name, as it stands there, unfolded."""
        (value,) = [value for key, value in self.raw if key.lower() == name.lower()]
        return value

    def __contains__(self, name: str) -> bool:
        return any(key.lower() == name.lower() for key, _ in self.raw)

    @property
    def subject(self) -> str:
        return decoded_words(self["Subject"])

    def mailbox(self, name: str) -> Mailbox:
        return read_mailbox(self[name])


def read(mail: bytes, *, utf8: bool = False) -> StrictMail:
    """`mail` as it arrives: line ends of the wire, no stuffed dots. `utf8` where SMTPUTF8 was said."""
    assert b"\n" not in mail.replace(b"\r\n", b""), "a bare line feed"
    assert b"\r" not in mail.replace(b"\r\n", b""), "a bare carriage return"
    assert all(len(line) <= 998 for line in mail.split(b"\r\n"))
    assert b"\0" not in mail
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = read_head(head, utf8=utf8)
    values = {name.lower(): value for name, value in fields}
    assert len(values) == len(fields), "a field comes twice"
    assert set(values) >= ONCE, f"missing: {ONCE - set(values)}"
    check_fields(values, utf8=utf8)
    texts, encodings = read_parts(values, body)
    return StrictMail(tuple(fields), texts, encodings)


# --- Head -----------------------------------------------------------------------------------------------------
def read_head(head: bytes, *, utf8: bool = False) -> list[tuple[str, str]]:
    text = head.decode("utf-8" if utf8 else "ascii")
    fields: list[tuple[str, list[str]]] = []
    for line in text.split("\r\n"):
        assert line.strip(" \t"), "an empty line"
        assert line == line.rstrip(" \t"), f"space at the end of {line!r}"
        check_length(line, is_first=line[0] not in " \t")
        if line[0] in " \t":
            fields[-1][1].append(line)
            continue
        found = re.fullmatch(r"([!-9;-~]+): (\S.*)", line)
        assert found, f"no header field: {line!r}"
        fields.append((found[1], [found[2]]))
    return [(name, "".join(lines)) for name, lines in fields]


def check_length(line: str, *, is_first: bool) -> None:
    said = line.partition(": ")[2] if is_first else line[1:]
    most = 76 if "=?" in line else 78
    assert len(line) <= most or " " not in said, f"{len(line)} characters, and could be folded: {line!r}"
    assert len(line.encode()) <= 998


def check_fields(values: dict[str, str], *, utf8: bool) -> None:
    for name in ("from", "to", "reply-to"):
        if name in values:
            read_mailbox(values[name], utf8=utf8)
    check_encoded_words(values)
    assert re.fullmatch(DATE, values["date"]), values["date"]
    assert isinstance(parsedate_to_datetime(values["date"]), datetime)
    assert re.fullmatch(rf"<{DOT_ATOM}@{DOMAIN}>", values["message-id"]), values["message-id"]
    assert "localhost" not in values["message-id"]
    assert values["mime-version"] == "1.0"
    if "list-id" in values:
        check_list_id(values["list-id"])
    if "list-unsubscribe" in values:
        for each in values["list-unsubscribe"].split(", "):
            assert re.fullmatch(rf"<https://{URI}>", each), each
        assert values["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    if "feedback-id" in values:
        *campaign, sender = values["feedback-id"].split(":")
        assert len(campaign) == 3
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", each) for each in campaign)
        assert re.fullmatch(r"[A-Za-z0-9._-]{5,15}", sender), sender


def check_encoded_words(values: dict[str, str]) -> None:
    """Only in text and in phrases (RFC 2047 §5), each whole and alone between spaces."""
    for name, value in values.items():
        if "=?" not in value:
            continue
        assert name in {"subject", "from", "to", "reply-to", "list-id"}, f"an encoded word in {name}: {value}"
        for word in re.findall(r"\S*=\?\S*", value):
            assert re.fullmatch(ENCODED_WORD, word), f"no encoded word: {word!r}"
            assert len(word) <= 75, f"{len(word)} characters: {word!r}"


def check_list_id(value: str) -> None:
    found = re.fullmatch(rf"(?:({PHRASE}) )?<({DOT_ATOM}\.{DOMAIN})>", value)
    assert found, value
    assert found[1] is None or read_phrase(found[1]).strip(), f"a phrase that says nothing: {value!r}"
    assert len(found[2]) <= 255


def read_mailbox(value: str, *, utf8: bool = True) -> Mailbox:
    """Our mails name one mailbox in each field of addresses."""
    address = rf"(?:{DOT_ATOM_UTF8 if utf8 else DOT_ATOM})@{DOMAIN}"
    if re.fullmatch(address, value):
        return Mailbox("", value)
    found = re.fullmatch(rf"({PHRASE}) <({address})>", value)
    assert found, f"no mailbox: {value!r}"
    return Mailbox(read_phrase(found[1]), found[2])


def read_phrase(phrase: str) -> str:
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return decoded_words(phrase)


def decoded_words(text: str) -> str:
    """RFC 2047 §6.2: the space between two encoded words is not shown. Ours are base64 in UTF-8; each has whole
    characters, so each decodes by itself."""
    text = re.sub(rf"({ENCODED_WORD})\s+(?={ENCODED_WORD})", r"\1", text)
    return re.sub(r"=\?utf-8\?b\?([^?]*)\?=", lambda word: b64decode(word[1], validate=True).decode(), text)


# --- Body -----------------------------------------------------------------------------------------------------
def read_parts(values: dict[str, str], body: bytes) -> tuple[dict[str, str], dict[str, str]]:
    found = re.fullmatch(r'multipart/alternative; boundary="([A-Za-z0-9\'()+_,./:=?-]{1,70})"', values["content-type"])
    if not found:
        subtype, text = read_part(values, body)
        return {subtype: text}, {subtype: values["content-transfer-encoding"]}
    assert "content-transfer-encoding" not in values
    fence = b"\r\n--" + found[1].encode()
    preamble, *parts = (b"\r\n" + body).split(fence)
    assert not preamble.strip(), "words before the first part"
    assert parts.pop().rstrip(b"\r\n") == b"--", "the last fence doesn't close"
    texts, encodings = {}, {}
    for part in parts:
        assert part.startswith(b"\r\n"), "a fence that goes on"
        head, _, content = part[2:].partition(b"\r\n\r\n")
        fields = {name.lower(): value for name, value in read_head(head)}
        subtype, text = read_part(fields, content)
        assert subtype not in texts
        texts[subtype], encodings[subtype] = text, fields["content-transfer-encoding"]
    assert list(texts) == ["plain", "html"], "the plainest first (RFC 2046 §5.1.4)"
    return texts, encodings


def read_part(fields: dict[str, str], content: bytes) -> tuple[str, str]:
    found = re.fullmatch(r"text/(plain|html); charset=utf-8", fields["content-type"])
    assert found, fields["content-type"]
    encoding = fields["content-transfer-encoding"]
    if encoding == "8bit":
        assert not content.isascii(), "eight bits without need"
        return found[1], content.decode().replace("\r\n", "\n")
    assert encoding == "quoted-printable", encoding
    return found[1], read_quoted_printable(content).decode()


def read_quoted_printable(content: bytes) -> bytes:
    """RFC 2045 §6.7, with line ends as \\n."""
    made = []
    for line in content.split(b"\r\n"):
        assert len(line) <= 76, f"{len(line)} characters: {line!r}"
        is_soft = line.endswith(b"=")
        said = line[:-1] if is_soft else line
        assert re.fullmatch(QP_LINE, said), f"not quoted-printable: {line!r}"
        assert is_soft or said == said.rstrip(b" \t"), f"space at the end: {line!r}"
        made.append(re.sub(rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), said))
        if not is_soft:
            made.append(b"\n")
    return b"".join(made).removesuffix(b"\n")
