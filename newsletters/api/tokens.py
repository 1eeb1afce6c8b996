"""API tokens: made, found by what a program sends, used, revoked.

A token is 256 random bits behind a prefix that scanners for leaked secrets can look for. Only a hash of it is kept,
keyed with the installation's secret, so that a copy of the database opens nothing.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from newsletters.models import ApiToken

PREFIX = "iria_"
BYTES = 32
LONGEST = 100  # characters; ours are shorter
DAYS = (7, 30, 90, 365)  # that a token may work for
USUAL_DAYS = 90
MOST_OF_A_PERSON = 20  # that work at the same time
KEPT_DAYS = 365  # after it ended
_USED_EVERY = timedelta(minutes=1)  # between two notes of its use


class CantMakeToken(ValueError):
    """The sentence says why."""


class TokenMadeAlready(Exception):
    """By the same form."""


def make_token(user: User, *, name: str, days: int, idempotency_key: str | None = None) -> tuple[ApiToken, str]:
    """The row, and the token itself, which nobody can read again. Raises `CantMakeToken`, and `TokenMadeAlready` where
    one was made with that key."""
    if days not in DAYS:
        raise CantMakeToken(f"Choose how long the token works: {', '.join(map(str, DAYS))} days.")
    text = PREFIX + secrets.token_urlsafe(BYTES)
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # a second press waits here, and is counted
        if idempotency_key and ApiToken.objects.filter(user=user, idempotency_key=idempotency_key).exists():
            raise TokenMadeAlready
        if ApiToken.objects.that_work().filter(user=user).count() >= MOST_OF_A_PERSON:
            raise CantMakeToken(f"You have {MOST_OF_A_PERSON} tokens already. Revoke one first.")
        row = ApiToken.objects.create(
            user=user, name=name, digest=_digest(text, settings.SECRET_KEY), created_at=now,
            expires_at=now + timedelta(days=days), idempotency_key=idempotency_key,
        )  # fmt: skip
    return row, text


def find_token(text: str) -> ApiToken | None:
    """None for what isn't a token of ours that works."""
    if not (text.isascii() and text.startswith(PREFIX) and len(text) <= LONGEST):
        return None
    digests = [_digest(text, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return ApiToken.objects.that_work().select_related("user").filter(digest__in=digests).first()


def note_use(token: ApiToken) -> None:
    """Once a minute at most: a program that asks all the time doesn't write all the time."""
    now = timezone.now()
    seldom = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - _USED_EVERY:
        ApiToken.objects.filter(seldom, pk=token.pk).update(last_used_at=now)


def revoke_token(token_id: int, *, owner: User | None, by: str) -> ApiToken | None:
    """One of `owner`, or of anybody where that is None. None if no working token has this number."""
    tokens = ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), pk=token_id)
    if owner is not None:
        tokens = tokens.filter(user=owner)
    if not tokens.update(revoked_at=timezone.now(), revoked_by=by):
        return None
    return ApiToken.objects.get(pk=token_id)


def revoke_all(owner: User, *, by: str) -> int:
    """How many worked."""
    tokens = ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), user=owner.pk)
    return tokens.update(revoked_at=timezone.now(), revoked_by=by)


def forget_ended(most: int = 1000) -> int:
    """Delete some that ended more than `KEPT_DAYS` ago; how many."""
    since = timezone.now() - timedelta(days=KEPT_DAYS)
    ended = ApiToken.objects.filter(Q(expires_at__lt=since) | Q(revoked_at__lt=since))
    deleted, _each = ApiToken.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[:most])).delete()
    return deleted


def _digest(text: str, secret: str) -> str:
    return salted_hmac("newsletters.api.tokens", text, secret=secret, algorithm="sha256").hexdigest()
