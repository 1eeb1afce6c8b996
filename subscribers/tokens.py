"""Signed, purpose-bound tokens: the links in mails.

A token is the URL-safe base64 of: key id (1 byte), the numbers it carries (6 bytes each), and a keyed BLAKE2b tag of
16 bytes (RFC 7693) over purpose and numbers. One scheme for every link: making one costs about a microsecond, where
django.core.signing costs fourteen, and an edition makes several a recipient.

Opt-out links never expire, so secrets rotate by `SECRET_KEY_FALLBACKS`: the key id names the secret that signed.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings

from lib.addresses import address_key

TAG_BYTES = 16
NUMBER_BYTES = 6
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Purpose(StrEnum):
    """What a token may be used for, with the numbers it carries."""

    CONFIRM = "confirm"  # unix time of the request, then the id of each subscription
    PREFERENCES = "preferences"  # subscriber id, unix time at which the mail was written (old ones lack it)
    NEW_ADDRESS = "new_address"  # id of the change of address, unix time of the request
    OWN_DATA = "own_data"  # subscriber id, unix time of the request
    # Subscriber id, mailing list id, edition id (0: none), unix time at which the mail was written (old ones lack it).
    UNSUBSCRIBE = "unsubscribe"
    CLICK = "click"  # edition id; the number of the link stands behind the token
    READER = "reader"  # the same where a newsletter counts by reader: subscriber id, edition id
    SIGNUP_FORM = "signup_form"  # unix time at which the form was shown
    SIGNUP_PROOF = "signup_proof"  # unix time, digest of the address, how many bits (`signup.proof_of_work`)
    SIGNUP_TICKET = "signup_ticket"  # unix time from which it is good, digest of the address
    ARTICLE_PREVIEW = "article_preview"  # id of a private preview of an article
    SHARED_REPORT = "shared_report"  # id of a private link to a report
    COMMENT_FORM = "comment_form"  # the same, for the form under an article


class BadToken(ValueError):
    """Forged, damaged, or made for another purpose."""


@lru_cache(maxsize=64)
def _key(secret: str, purpose: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"iria-token", key=purpose.encode()).digest()


@lru_cache(maxsize=16)
def _key_id(secret: str) -> int:
    return blake2b(secret.encode(), digest_size=1, person=b"iria-key-id").digest()[0]


def _tag(secret: str, purpose: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=TAG_BYTES, key=_key(secret, purpose)).digest()


def maker(purpose: Purpose, *others: int) -> Callable[[int], bytes]:
    """Makes tokens that carry a first number of their own and behind it `others` (each from 0 to 2**48 - 1).

    For mails, of which each has a few: the settings are read and the key is found once, not for every token.
    """
    secret = settings.SECRET_KEY
    keyed, key_id = blake2b(digest_size=TAG_BYTES, key=_key(secret, purpose)), bytes([_key_id(secret)])
    behind = b"".join([number.to_bytes(NUMBER_BYTES, "big") for number in others])

    def make_one(first: int) -> bytes:
        body = key_id + first.to_bytes(NUMBER_BYTES, "big") + behind
        tag = keyed.copy()
        tag.update(body)
        return binascii.b2a_base64(body + tag.digest(), newline=False).translate(_URL_SAFE, b"=")

    return make_one


def make(purpose: Purpose, first: int, *others: int) -> str:
    """A token for the purpose that carries these numbers."""
    return maker(purpose, *others)(first).decode()


def read(purpose: Purpose, token: str) -> tuple[int, ...]:
    """The numbers of the token. Raises `BadToken`; compares in constant time."""
    if len(token) > 200 or not token.isascii():
        raise BadToken("no token")
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise BadToken("not base64") from None
    body, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
    if not body or (len(body) - 1) % NUMBER_BYTES or urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadToken("wrong length or spelling")
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if _key_id(secret) == body[0] and hmac.compare_digest(tag, _tag(secret, purpose, body)):
            return tuple(
                int.from_bytes(body[at : at + NUMBER_BYTES], "big") for at in range(1, len(body), NUMBER_BYTES)
            )
    raise BadToken("not signed by us for this purpose")


def address_hash(email: str) -> str:
    """The keyed hash by which an erased address is still recognised in the suppression list.

    Keyed with the oldest secret, so that rotation does not make the list forget.
    """
    return _keyed_hash(address_key(email))


def folded_address_hash(email: str) -> str:
    """The hash that an address beyond ASCII had when all letters were folded: of somebody who was erased then, there is
    nothing else to recognise them by."""
    local, _at, domain = address_key(email).rpartition("@")
    return _keyed_hash(f"{local.casefold()}@{domain}")


def key_hasher() -> Callable[[str], str]:
    """`address_hash` for many addresses of which the keys are known: the settings are read once."""
    oldest = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS][-1]
    keyed = blake2b(digest_size=32, key=_key(oldest, "address"))

    def hash_one(key: str) -> str:
        hashed = keyed.copy()
        hashed.update(key.encode())
        return hashed.hexdigest()

    return hash_one


def _keyed_hash(key: str) -> str:
    return key_hasher()(key)
