"""The envelope sender of each mail: an address of its own at BOUNCE_DOMAIN, which says what bounced and for whom.

“b-e-1f-2a3b4-7c…@bounce.example.org” is edition 31 to subscriber 172980; “b-m-…” is a message of the outbox. Behind the
numbers stand the id of the key and a keyed BLAKE2b tag of 16 bytes (RFC 7693) over all before it, so that nobody can
make up a bounce. All of it is in lower-case letters, digits and hyphens, since servers fold the case of what they
bounce, and at most 64 octets before the @ (RFC 5321 §4.5.3.1.1).

Without BOUNCE_DOMAIN the envelope says the sender of the mail itself. So it is with a mail service, which takes bounces
for us and tells of them by its own ways. It is given the local part as a reference, and says it when it tells of the
mail (`mail.esp.references`).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings

from mail.writing.identity import ascii_domain

MOST = 2**48 - 1  # of a number: with two of them the local part is as long as it may be
_TAG_BYTES = 16
_FORM = re.compile(r"b-([em])-([0-9a-f]{1,12})(?:-([0-9a-f]{1,12}))?-([0-9a-f]{2})([0-9a-f]{32})")


class Returned(StrEnum):
    """What came back: the first letters of the local part, and part of what is signed."""

    EDITION = "e"
    MESSAGE = "m"


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """What one of our envelope senders says. `number` is the edition's or the message's; a message has no subscriber
    here, its row does. Subscriber 0 is nobody: a test mail."""

    what: Returned
    number: int
    subscriber: int | None = None

    def __str__(self) -> str:
        if self.what is Returned.MESSAGE:
            return f"message {self.number}"
        return f"edition {self.number} to subscriber {self.subscriber}"


def is_used() -> bool:
    return bool(settings.BOUNCE_DOMAIN) and settings.EMAIL_ROUTE.is_smtp


def edition_paths(edition_id: int, otherwise: str) -> Callable[[int], str]:
    """Gives the envelope sender of the edition for each subscriber; `otherwise` for all where none is used. The
    settings are read and the key is found once, not for every mail. Raises `ValueError` for a number beyond `MOST`."""
    if not is_used():
        return lambda _subscriber_id: otherwise
    return _maker(f"{Returned.EDITION}-{_hex(edition_id)}-", _at_our_domain())


def message_path(message_id: int, otherwise: str) -> str:
    """The envelope sender of a message of the outbox; `otherwise` where none is used."""
    return _maker(f"{Returned.MESSAGE}-", _at_our_domain())(message_id) if is_used() else otherwise


def edition_references(edition_id: int) -> Callable[[int], str]:
    """As `edition_paths`: gives for each subscriber what a mail service is to keep with the mail; empty with SMTP."""
    if settings.EMAIL_ROUTE.is_smtp:
        return lambda _subscriber_id: ""
    return _maker(f"{Returned.EDITION}-{_hex(edition_id)}-")


def message_reference(message_id: int) -> str:
    """The same of a message of the outbox."""
    return "" if settings.EMAIL_ROUTE.is_smtp else _maker(f"{Returned.MESSAGE}-")(message_id)


def read_return_path(address: str) -> ReturnPath | None:
    """What this address, or the local part alone, says, in any case; None if we did not make it. Compares in constant
    time."""
    found = _FORM.fullmatch(address.partition("@")[0].lower()) if len(address) <= 320 and address.isascii() else None
    if found is None:
        return None
    what, first, second, key_id, tag = found.groups()
    signed = f"{what}-{first}-{second}" if second else f"{what}-{first}"
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if _key_id(secret) == key_id and hmac.compare_digest(tag, _tag(secret, signed)):
            if (what == Returned.EDITION) is not bool(second):
                return None
            return ReturnPath(Returned(what), int(first, 16), int(second, 16) if second else None)
    return None


def _at_our_domain() -> str:
    return f"@{ascii_domain(settings.BOUNCE_DOMAIN)}"


def _maker(before: str, end: str = "") -> Callable[[int], str]:
    """Makes local parts whose last number differs, with `end` behind them."""
    secret = settings.SECRET_KEY
    keyed = blake2b(before.encode(), digest_size=_TAG_BYTES, key=_key(secret))
    start, key_id = f"b-{before}", _key_id(secret)

    def make_one(number: int) -> str:
        digits = _hex(number)
        tag = keyed.copy()
        tag.update(digits.encode())
        return f"{start}{digits}-{key_id}{tag.hexdigest()}{end}"

    return make_one


def _hex(number: int) -> str:
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is too large a number for a return path.")
    return f"{number:x}"


def _tag(secret: str, signed: str) -> str:
    return blake2b(signed.encode(), digest_size=_TAG_BYTES, key=_key(secret)).hexdigest()


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"iria-return-path").digest()


@lru_cache(maxsize=16)
def _key_id(secret: str) -> str:
    return blake2b(secret.encode(), digest_size=1, person=b"iria-key-id").hexdigest()
