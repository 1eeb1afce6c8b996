"""How long what is kept: the rules that a periodic job follows, for the page that shows them and for docs/privacy.md.

A rule says what is deleted after how many days, and which setting says so. The floors above register theirs. What is
kept until the person is erased has no rule; the page says that, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mail.outbox.forgetting import forget_old_messages
from subscribers.preferences import addresses
from subscribers.signup import expiring


@dataclass(frozen=True)
class RetentionRule:
    what: str | Promise
    days: Callable[[], int]
    setting: str = ""  # of the environment; empty where it is fixed
    forget: Callable[[], int] | None = None  # some of it, and how many; None: another job does


def _forget_messages() -> int:
    return forget_old_messages(timezone.now() - timedelta(days=settings.MESSAGES_KEPT_DAYS))


_rules: list[RetentionRule] = [
    RetentionRule(
        _("Sign-ups that were never confirmed, with the person"),
        lambda: settings.SIGNUPS_KEPT_DAYS,
        "SIGNUPS_KEPT_DAYS",
        expiring.delete_unconfirmed,
    ),
    RetentionRule(
        _("New addresses that were never confirmed"), lambda: settings.CONFIRMATION_VALID_DAYS,
        forget=addresses.delete_expired,
    ),
    RetentionRule(
        _("Messages to one person, after they were sent: confirmations, welcomes, links"),
        lambda: settings.MESSAGES_KEPT_DAYS,
        "MESSAGES_KEPT_DAYS",
        _forget_messages,
    ),
]  # fmt: skip


def register(*rules: RetentionRule) -> None:
    _rules.extend(rule for rule in rules if rule not in _rules)


def rules() -> list[RetentionRule]:
    return list(_rules)


def forget_some() -> int:
    """A batch of each; 0 when nothing is too old any more."""
    return sum(rule.forget() for rule in _rules if rule.forget)
