"""Header fields, as strict readers of RFC 5322 expect them.

Lines are of at most 76 characters where there is a space to fold at, and the first is never empty. Text that needs it
stands in encoded words (RFC 2047), which are never part of an address, an identifier or a URI. A domain is written in
its ASCII form (IDNA 2008, RFC 5891) everywhere; only a local part beyond ASCII has none, so it stands there in UTF-8,
and the mail needs a server with SMTPUTF8 (RFC 6531, 6532).

Nothing that is put in can begin a header of its own: texts become one line, and addresses with anything else in them
are a ValueError. The standard library's Header takes eighty microseconds for what is one microsecond here.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable
from email.utils import getaddresses
from functools import lru_cache
from urllib.parse import quote

from lib.addresses import with_ascii_domain
from lib.characters import one_line

LINE = 76  # characters: the most of a line with an encoded word (RFC 2047 §2), so we fold all there
_LONGEST_TOKEN = 900  # characters without a space; a line has 998 at most (RFC 5322 §2.1.1)
FOLD = "\r\n "
_WORD = 39  # bytes in an encoded word: 52 characters of base64, and “Subject: =?utf-8?b?…?=” has fewer than 76
_LONGEST_PHRASE = 60  # characters of a quoted string; it could not be folded
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 .,'()&+/_-]{1,60}")  # may stand in a quoted string without escaping
_MAILBOX = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>()\[\]:;@\\,\"]+@[^\s\x00-\x20\x7f-\x9f<>()\\,;\"@]+")
_USUAL_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@[a-z0-9.-]+")  # nothing in it has to be changed
_SPOKEN = re.compile(r'"((?:[^"\\]|\\.)*)" <([^<>]*)>', re.DOTALL)
_HOST = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?)([^/?#:@\[\]]+)")
_NO_URI = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!#-;=?-\[\]_a-z~]")  # RFC 3986 §2
_UNSTRUCTURED = frozenset({"subject", "comments"})


def field(name: str, value: str) -> bytes:
    """A whole field with its line end. Unstructured ones say any text; the others have to be as they are to be read,
    in ASCII, and are folded at their spaces. Raises ValueError."""
    value = one_line(value)
    if name.lower() in _UNSTRUCTURED or name.lower().startswith("x-"):
        if not is_plain(value) or len(max(value.split(" "), key=len)) > _LONGEST_TOKEN:
            return f"{name}: {encoded_words(value)}\r\n".encode()
    elif not value.isascii():
        raise ValueError(f"The header {name} can't hold letters beyond ASCII.")
    if len(name) + 2 + len(value) > LINE:
        value = _folded(value.split(" "), len(name) + 2)
    return f"{name}: {value}\r\n".encode()


def is_plain(text: str) -> bool:
    """May the line stand in an unstructured field as it is? What looks like an encoded word would be decoded."""
    return text.isascii() and "=?" not in text


def encoded_words(text: str) -> str:
    """RFC 2047 words in UTF-8 and base64, a word a line; no character is cut in two."""
    encoded = text.encode()
    if len(encoded) <= _WORD:
        return f"=?utf-8?b?{b2a_base64(encoded, newline=False).decode()}?=" if encoded else ""
    words = []
    while encoded:
        end = _WORD
        while len(encoded) > end and encoded[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(encoded[:end], newline=False).decode()}?=")
        encoded = encoded[end:]
    return FOLD.join(words)


def _folded(parts: Iterable[str], used: int) -> str:
    """The parts with spaces between them, or folds; `used` characters of the first line are taken."""
    first, *others = parts
    folded, used = [first], used + len(first)
    for part in others:
        if used + 1 + len(part) > LINE:
            folded.append(FOLD)
            used = 1 + len(part)
        else:
            folded.append(" ")
            used += 1 + len(part)
        folded.append(part)
    return "".join(folded)


# --- Addresses ------------------------------------------------------------------------------------------------
def mailbox(name: str, address: str, *, used: int = 10) -> bytes:
    """The value `"Name" <address>`, or the address alone. `name` is one line; `used` characters of the line are taken,
    as many as “Reply-To: ” has. Raises ValueError for what is no address."""
    if not _USUAL_MAILBOX.fullmatch(address):
        address = _wire_address(address)
    if not name:
        return address.encode()
    if _PLAIN_PHRASE.fullmatch(name):
        phrase = f'"{name}"'
    elif is_plain(name) and len(name) <= _LONGEST_PHRASE:
        phrase = quoted_string(name)
    else:
        phrase = encoded_words(name)
    begun = len(phrase.rpartition("\n")[2])  # of the line on which the address may stand
    if begun == len(phrase):
        begun += used
    return f"{phrase}{' ' if begun + 3 + len(address) <= LINE else FOLD}<{address}>".encode()


def mailboxes(name: str, values: Iterable[str]) -> bytes:
    """The whole field of addresses as Django keeps them: `"Name" <address>`, its name not encoded."""
    parsed = [pair for value in values for pair in _pairs(value)]
    written = b",\r\n ".join(mailbox(one_line(phrase), address) for phrase, address in parsed)
    if not written:
        raise ValueError(f"The header {name} has no address.")
    return name.encode() + b": " + written + b"\r\n"


def _pairs(value: str) -> list[tuple[str, str]]:
    """Names and addresses. What we have put together ourselves needs no guessing."""
    if ours := _SPOKEN.fullmatch(value):
        return [(re.sub(r"\\(.)", r"\1", ours[1], flags=re.DOTALL), ours[2])]
    return getaddresses([value])


def spoken_mailbox(name: str, address: str) -> str:
    """`"Name" <address>` with nothing encoded, as Django's messages and mail services take it."""
    name = one_line(name)
    return f"{quoted_string(name)} <{address}>" if name else address


def quoted_string(text: str) -> str:
    """RFC 5322 §3.2.4, of one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _wire_address(address: str) -> str:
    if not _MAILBOX.fullmatch(address):
        raise ValueError(f"“{address}” isn't an address that a header can hold.")
    return with_ascii_domain(address)


# --- Lists ----------------------------------------------------------------------------------------------------
def list_id(name: str, identifier: str) -> str:
    """The value of List-Id: the list's name as a phrase, and what programs tell it by (RFC 2919 §3)."""
    name = one_line(name)
    if not name:
        return f"<{identifier}>"
    if is_plain(name) and len(name) <= _LONGEST_PHRASE:
        return f"{quoted_string(name)} <{identifier}>"
    return f"{encoded_words(name).replace(FOLD, ' ')} <{identifier}>"


def uri_list(*addresses: str) -> str:
    """The value of List-Unsubscribe and its like: URIs in angle brackets, in ASCII (RFC 2369 §2)."""
    return ", ".join(f"<{as_uri(address)}>" for address in addresses)


@lru_cache(maxsize=64)
def as_uri(address: str) -> str:
    """A web or mail address in the characters of RFC 3986: the host in its ASCII form, everything else beyond them
    percent-encoded as UTF-8 (RFC 3987 §3.1). What is percent-encoded already stays so."""
    address = _HOST.sub(lambda found: found[1] + with_ascii_domain(f"@{found[2]}")[1:], address, count=1)
    return _NO_URI.sub(lambda found: quote(found[0], safe=""), address)
