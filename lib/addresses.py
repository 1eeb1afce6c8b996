"""Email addresses: is it one, which spellings are the same, and did the visitor mean another.

Never a DNS look-up here: a form must answer at once, and the confirmation mail is the proof.
"""

from __future__ import annotations

import string
import unicodedata
from difflib import get_close_matches
from functools import lru_cache

import idna
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from lib.characters import TooManyMarks, composed, with_shorter_runs

LONGEST = 254  # characters (RFC 5321 §4.5.3.1.3, erratum 1690)
LONGEST_TYPED = 4 * LONGEST  # before letters and their accents become one character each
# The domains in which a typing error is worth asking about.
COMMON_DOMAINS = (
    "aol.com", "btinternet.com", "comcast.net", "email.com", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
    "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.es", "hotmail.fr",
    "hotmail.it", "icloud.com", "laposte.net", "libero.it", "live.co.uk", "live.com", "live.de", "live.fr", "mac.com",
    "mail.com", "mail.de", "mail.ru", "me.com", "msn.com", "orange.fr", "outlook.com", "outlook.de", "outlook.fr",
    "proton.me", "protonmail.com", "qq.com", "t-online.de", "verizon.net", "wanadoo.fr", "web.de", "yahoo.co.uk",
    "yahoo.com", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru", "ymail.com",
)  # fmt: skip
_LOWER_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
# One mailbox under several names, as the providers say.
_SAME_PROVIDER = {
    "googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com",
    "protonmail.com": "proton.me", "protonmail.ch": "proton.me", "pm.me": "proton.me",
    "ya.ru": "yandex.ru", "yandex.com": "yandex.ru", "yandex.by": "yandex.ru", "yandex.kz": "yandex.ru",
}  # fmt: skip
_HYPHEN_BEGINS_TAG = {"ymail.com", "rocketmail.com"}  # and Yahoo's own
_IGNORED: dict[str, dict[int, int | None] | dict[int, int]] = {
    "gmail.com": str.maketrans("", "", "."),
    "proton.me": str.maketrans("", "", ".-_"),
    "yandex.ru": str.maketrans("-", "."),
}
_NAME_IS_SUBDOMAIN = {"fastmail.com", "fastmail.fm"}  # anything@ada.fastmail.com is ada@fastmail.com


class BadAddress(ValueError):
    """Not an email address; the message is one sentence for the person who typed it."""


def normalise(raw: str) -> str:
    """The address in the one form that we store and that every mail goes to; `readable` is for people.

    The local part as it was typed, in NFC; the domain in its ASCII form (`with_ascii_domain`); no space around it.

    Raises `BadAddress`. Exactly one address, at most 254 characters, no control characters, no heaps of accents:
    checked before any parser looks at it (CVE-2023-27043 came of lax parsing).
    """
    value = raw.strip()
    if not value:
        raise BadAddress(_("Enter your email address."))
    if len(value) > LONGEST_TYPED:
        raise BadAddress(_too_long())
    try:
        value = composed(value)
    except TooManyMarks as problem:
        raise BadAddress(str(problem)) from None
    if len(value) > LONGEST:
        raise BadAddress(_too_long())
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in value):
        raise BadAddress(_("This email address contains an invisible character. Type it again."))
    if value.count("@") != 1:
        raise BadAddress(_("Enter one email address, like name@example.org."))
    try:
        email = validate_email(value, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError as problem:
        # The library's own reason says more than ours alone, and is in English only.
        if (get_language() or "en").startswith("en"):
            reason = str(problem).rstrip(".")
            raise BadAddress(f"Enter a valid email address, like name@example.org. {reason}.") from None
        raise BadAddress(_("Enter a valid email address, like name@example.org.")) from None
    email = with_ascii_domain(email)
    if len(email) > LONGEST:  # the ASCII form of a domain may be longer than what was typed
        raise BadAddress(_too_long())
    return email


def _too_long() -> str:
    return _("This email address is too long. Use 254 characters or fewer.")


def address_key(email: str) -> str:
    """What two spellings of one address have in common: ASCII letters in lower case, the domain in its ASCII form.

    Local parts may in theory differ by case (RFC 5321 §2.4); no provider of note does with ASCII letters, and people
    mix them up. Nothing else is folded: “ſam” is not “sam”, and may be somebody else's mailbox. Dots and +tags are
    kept: they are other mailboxes at most providers. Anything may be given; what is too long for an address has a key
    that no address has.
    """
    local, _at, domain = with_ascii_domain(email.strip()[: LONGEST_TYPED + 1]).rpartition("@")
    return f"{in_lower_ascii(composed(with_shorter_runs(local)))}@{domain}"


def in_lower_ascii(text: str) -> str:
    """The text with its ASCII letters in lower case and all others as they are."""
    return text.lower() if text.isascii() else text.translate(_LOWER_ASCII)


def with_ascii_domain(email: str) -> str:
    """The address as a mail server is told it: its domain in lower case and in ASCII, by IDNA 2008 (RFC 5891).

    “ß” and its like stay what they are (UTS #46, non-transitional): `faß.de` is `xn--fa-hia.de` in every mail, never
    `fass.de`, which belongs to somebody else. Python's own codec and Django's speak IDNA 2003.
    """
    local, _at, domain = email.rpartition("@")
    domain = domain.lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            domain = domain.casefold()
    return f"{local}@{domain}"


def readable(email: str) -> str:
    """The address for people: with the letters of its domain instead of “xn--…”."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return email


def canonical_mailbox(email: str) -> str:
    """The mailbox that this address most likely reaches, for limits alone: never what a mail is sent to.

    Without a +tag, which most servers ignore; without what a provider is known to ignore; and under one name for the
    domains that a provider treats as one. Somebody who spells one box in forty ways is one.
    """
    local, _at, domain = address_key(email).rpartition("@")
    domain = _SAME_PROVIDER.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain.startswith("yahoo.") or domain in _HYPHEN_BEGINS_TAG:
        local = local.partition("-")[0] or local
    if domain in _IGNORED:
        local = local.translate(_IGNORED[domain]) or local
    name, _dot, parent = domain.partition(".")
    if parent in _NAME_IS_SUBDOMAIN:
        local, domain = name, parent
    return f"{local}@{domain}"


def did_you_mean(email: str) -> str | None:
    """The address with its domain mended, when the domain looks like a mistyped well-known one."""
    local, _at, domain = email.rpartition("@")
    domain = domain.lower()
    if not local or domain in COMMON_DOMAINS:
        return None
    meant = _common_domain_like(domain)
    return f"{local}@{meant}" if meant else None


@lru_cache(maxsize=2048)  # comparing takes longer than all else that a sign-up does
def _common_domain_like(domain: str) -> str | None:
    return next(iter(get_close_matches(domain, COMMON_DOMAINS, n=1, cutoff=0.83)), None)
