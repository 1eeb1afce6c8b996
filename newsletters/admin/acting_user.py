"""The person behind a request: their account, and the name under which the ledger and the messages know them."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest

from lib.names import called


def acting_user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def acting_name(request: HttpRequest) -> str:
    user = acting_user(request)
    return called(user) if user else str(request.user)
