"""What identifies a mail and its sender to other machines: Message-ID, List-Id, Feedback-ID."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from secrets import token_hex

from django.conf import settings

from lib.addresses import with_ascii_domain


def mail_domain() -> str:
    """MAIL_DOMAIN as headers have it, in ASCII."""
    return ascii_domain(settings.MAIL_DOMAIN)


def message_id(*parts: object) -> str:
    """`<part.part.installation@MAIL_DOMAIN>` (RFC 5322 §3.6.4): the same for the same parts, so that a bounce or a
    question finds its mail, and a mail that was sent twice shows as one. Those of two installations that share a
    MAIL_DOMAIN differ."""
    return f"<{'.'.join(map(str, parts))}.{_installation(settings.SECRET_KEY, settings.SITE_URL)}@{mail_domain()}>"


def unique_message_id(*parts: object) -> str:
    """The same, and never again: of a test mail, which may be sent many times and is another each time."""
    return message_id(*parts, token_hex(8))


def list_identifier(slug: str) -> str:
    """RFC 2919 §2: within a domain that is ours."""
    return f"{slug}.{mail_domain()}"


def feedback_id(*campaign: str) -> str:
    """Gmail's Feedback-ID: up to three identifiers of the campaign, then the sender's own, of 5 to 15 characters, the
    same in all mail of the sender (support.google.com/mail/answer/6254652). None may be unique to a message."""
    return ":".join([*campaign, _sender(mail_domain())])


@lru_cache(maxsize=4)
def ascii_domain(domain: str) -> str:
    """The domain as headers and envelopes have it."""
    return with_ascii_domain(f"@{domain}")[1:]


@lru_cache(maxsize=4)
def _installation(secret: str, site_url: str) -> str:
    key = blake2b(secret.encode(), digest_size=32, person=b"iria-install").digest()
    return blake2b(site_url.encode(), digest_size=5, key=key).hexdigest()


@lru_cache(maxsize=4)
def _sender(domain: str) -> str:
    """A few letters that its owner recognises, and a few that nobody else's domain has."""
    readable = re.sub(r"[^a-z0-9]", "", domain.lower())[:8]
    return readable + blake2b(domain.encode(), digest_size=3).hexdigest()
