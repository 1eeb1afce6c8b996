"""“Try again what failed”, for lists of what came back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from subscribers.admin.big_tables import BigTable

PERMISSION = "subscribers.suppress_subscriber"


class TriesAgain(BigTable):
    """Who may suppress addresses sees the list, and has what failed tried again."""

    actions: Sequence[str] | None = ["try_again"]

    # Lets those that failed be tried at the next look; returns how many.
    reset_failed: Callable[[QuerySet[Any]], int]

    @admin.action(permissions=["retry"], description=gettext_lazy("Try again what failed"))
    def try_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        if not (again := self.reset_failed(chosen)):
            self.message_user(request, _("None of these had failed."), messages.WARNING)
            return
        words = ngettext("%d will be tried again within a minute.", "%d will be tried again within a minute.", again)
        self.message_user(request, words % again)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION) or super().has_view_permission(request, obj)
