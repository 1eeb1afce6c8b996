"""The people who work here get roles, not single permissions; only a superuser makes or touches a superuser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/auth/user/add/"


def test_a_role_says_what_it_does(owner: Client) -> None:
    page = owner.get(ADD).content.decode()
    assert "Editor: writes articles and composes editions" in page
    assert "user_permissions" not in page
    assert 'type="password"' not in page


def test_an_owner_makes_no_superuser_and_touches_none(owner: Client) -> None:
    boss = User.objects.create_superuser("boss", password="before")
    ida = User.objects.create_user("ida", is_staff=True)
    page = f"/admin/auth/user/{ida.pk}/change/"
    owner.post(page, {"username": "ida", "is_superuser": "on", "is_active": "on"})
    ida.refresh_from_db()
    assert not ida.is_superuser
    assert owner.post(f"/admin/auth/user/{boss.pk}/change/", {"username": "mine"}).status_code == 403
    password = {"password1": "long enough 42", "password2": "long enough 42"}
    assert owner.post(f"/admin/auth/user/{boss.pk}/password/", password).status_code == 403
    boss.refresh_from_db()
    assert boss.check_password("before")


def test_a_superuser_may(browser_of: Callable[[str], Client]) -> None:
    ida = User.objects.create_user("ida", is_staff=True)
    browser_of("Superuser").post(
        f"/admin/auth/user/{ida.pk}/change/", {"username": "ida", "is_superuser": "on", "is_active": "on"}
    )
    ida.refresh_from_db()
    assert ida.is_superuser


@pytest.mark.parametrize("role", ["Editor", "Publisher", "Manager"])
def test_others_see_nobody(browser_of: Callable[[str], Client], role: str) -> None:
    answer = browser_of(role).get("/admin/auth/user/")
    assert answer.status_code == 403
    assert "Owner" in answer.content.decode()
