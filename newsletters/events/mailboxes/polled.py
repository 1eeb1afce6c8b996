"""What the last look into each mailbox came to, by where it is: what staff are told of those that are set."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from lib.mailbox_accounts import ImapMailbox
from newsletters.models import PolledMailbox


def key_of_imap(mailbox: ImapMailbox) -> str:
    return _digest(f"{mailbox.host}:{mailbox.port}/{mailbox.username}/{mailbox.folder}")


def key_of_maildir(folder: Path) -> str:
    return _digest(f"maildir:{folder}")


def note_look(key: str, error: str = "") -> None:
    """Why it failed, or in part; empty if it didn't. Writes only what is new. Raises DatabaseError."""
    error = error[:500]
    row, _is_new = PolledMailbox.objects.get_or_create(key=key, defaults={"looked_at": timezone.now(), "error": error})
    if row.error != error:
        PolledMailbox.objects.filter(pk=row.pk).update(error=error)


def current_errors() -> list[str]:
    """Of the mailboxes that are set; what was wrong with others, before the settings changed, helps nobody."""
    keys = []
    if settings.BOUNCE_MAILDIR is not None:
        keys.append(key_of_maildir(settings.BOUNCE_MAILDIR))
    if settings.BOUNCE_IMAP is not None:
        keys.append(key_of_imap(settings.BOUNCE_IMAP))
    found = PolledMailbox.objects.filter(key__in=keys).exclude(error="")
    return list(found.order_by("pk").values_list("error", flat=True))


def _digest(where: str) -> str:
    return blake2b(where.encode(), digest_size=32).hexdigest()
