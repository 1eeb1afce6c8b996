"""What a new password ends: the API tokens of the account. Who chooses one may fear that somebody else knows the old
one, and has made tokens with it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from newsletters.api.tokens import revoke_all


class EndsTokens:
    """Among AUTH_PASSWORD_VALIDATORS, since Django tells those of every new password wherever it was set, and not when
    it only hashes the same one anew."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Any password is right to it."""

    def get_help_text(self) -> str:
        return _("A new password ends the API tokens of the account.")

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None and user.pk:
            revoke_all(user, by="a new password")
