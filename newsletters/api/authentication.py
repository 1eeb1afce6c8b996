"""Who asks: the person whose token stands in the header `Authorization: Bearer …`, within the limit of a token.

A token is taken from nowhere else: addresses are logged and shared.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer

from newsletters.api.tokens import find_token, note_use
from subscribers.throttling import check_visitor, count_attempt


class BearerToken(HttpBearer):
    """Raises `Throttled` for a token beyond its limit, and for an address from which too many wrong ones came."""

    def __call__(self, request: HttpRequest) -> User | None:
        """The parent's writes the header into the log where it isn't a bearer's: it may hold a password."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, token.strip()) if scheme.lower() == self.openapi_scheme else None

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        found = find_token(token)
        if found is None:
            check_visitor("api-refused", request, settings.API_REFUSALS_PER_IP)
            return None
        count_attempt("api", str(found.pk), settings.API_LIMITS_PER_TOKEN)
        note_use(found)
        user: User = found.user
        request.user = user
        return user


def within_limit_of_reports(request: HttpRequest) -> None:
    """Raises `Throttled`. By person, however many tokens they have."""
    count_attempt("api-reports", str(request.user.pk), settings.API_REPORTS_PER_PERSON)


def require_permission(request: HttpRequest, *permissions: str) -> None:
    """The rights are those of the token's owner at this moment."""
    missing = [each for each in permissions if not request.user.has_perm(each)]
    if missing:
        raise AuthorizationError(message=f"The account of this token lacks the permission {' and '.join(missing)}.")
