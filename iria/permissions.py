"""What somebody may do, read in one query: their own permissions and those of their roles together.

Django's ModelBackend, which signs people in, would ask once for each. It finds what this one found already, since both
keep it on the user under the name that Django gives it; should Django name it otherwise one day, it asks again, and
nothing but a query is lost.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import Q
from django.http import HttpRequest

_KEPT = "_perm_cache"


class PermissionsInOneQuery:
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody is signed in by this."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None or user_obj.is_superuser:
            return set()  # a superuser's are not asked for: they may do everything
        if not hasattr(user_obj, _KEPT):
            setattr(user_obj, _KEPT, _read_permissions(user_obj))
        found: set[str] = getattr(user_obj, _KEPT)
        return found

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))


def _read_permissions(user: User) -> set[str]:
    held = Permission.objects.filter(Q(user=user.pk) | Q(group__user=user.pk)).order_by()
    names = held.values_list("content_type__app_label", "codename").distinct()
    return {f"{app}.{codename}" for app, codename in names}
