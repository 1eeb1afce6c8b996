"""Signing in by user name or by email address."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

MOST_CHARACTERS = 254  # of a name or an address


class NameOrAddressBackend(ModelBackend):
    """Each try hashes one password, whether or not there is such an account: how long it takes tells nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        if username is None or password is None:
            return None
        user = super().authenticate(request, username=_name_of(username), password=password)
        if user is None:
            raise PermissionDenied  # or the next backend hashes the password once more
        return user

    def get_user(self, user_id: Any) -> User | None:
        """With their profile, which every page of the staff asks for."""
        user = User.objects.select_related("profile").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def _name_of(typed: str) -> str:
    """The name of the account with this address, if it is one's alone; else what was typed."""
    if "@" not in typed or len(typed) > MOST_CHARACTERS or User.objects.filter(username=typed).exists():
        return typed
    names = list(User.objects.filter(email__iexact=typed.strip()).values_list("username", flat=True)[:2])
    return names[0] if len(names) == 1 else typed


class SignInForm(AdminAuthenticationForm):
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("That name or address and password don’t go together. Check both and try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name or email address")
