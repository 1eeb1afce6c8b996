"""Permissions are read in one query, and are those that Django's own backend would find."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iria.permissions import PermissionsInOneQuery

pytestmark = pytest.mark.django_db


def make_user(*roles: str, permissions: int = 0) -> User:
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    user.user_permissions.set(Permission.objects.order_by("-pk")[:permissions])
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(("roles", "permissions"), [((), 0), ((), 3), (("Editor",), 0), (("Editor", "Manager"), 5)])
def test_they_are_those_that_django_finds(roles: tuple[str, ...], permissions: int) -> None:
    user = make_user(*roles, permissions=permissions)
    expected = ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))
    with CaptureQueriesContext(connection) as captured:
        assert user.get_all_permissions() == expected
        assert user.has_perm("newsletters.change_edition") == ("newsletters.change_edition" in expected)
        assert user.has_module_perms("subscribers") == any(name.startswith("subscribers.") for name in expected)
        assert not user.has_perm("newsletters.no_such_permission")
    assert len(captured) == 1


def test_nobody_who_is_inactive_or_unknown_may_do_anything() -> None:
    user = make_user("Owner")
    user.is_active = False
    for nobody in (user, AnonymousUser()):
        assert PermissionsInOneQuery().get_all_permissions(nobody) == set()
        assert not nobody.has_perm("newsletters.change_edition")


def test_a_superuser_may_do_everything_at_no_cost() -> None:
    user = User.objects.create_superuser("ada")
    with CaptureQueriesContext(connection) as captured:
        assert user.has_perm("newsletters.change_edition")
        assert user.has_module_perms("newsletters")
    assert len(captured) == 0


def test_permissions_for_one_object_are_left_to_django() -> None:
    user = make_user("Owner")
    assert not user.has_perm("newsletters.change_edition", user)
