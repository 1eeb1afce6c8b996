"""Roles: made by migrate, mended by migrate, and a refusal says who could."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from newsletters.admin.roles import ROLES, roles_with, who_may

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def permissions_of(name: str) -> set[str]:
    return {
        f"{app}.{codename}"
        for app, codename in Permission.objects.filter(group__name=name).values_list(
            "content_type__app_label", "codename"
        )
    }


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_migrate_makes_each_role_with_every_permission_it_names(role: object) -> None:
    assert permissions_of(role.name) == role.permissions  # type: ignore[attr-defined]


def test_migrating_again_mends_a_role_and_leaves_other_groups_alone() -> None:
    Group.objects.get(name="Editor").permissions.clear()
    own = Group.objects.create(name="Interns")
    own.permissions.add(Permission.objects.get(codename="add_article"))
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)
    assert Group.objects.filter(name="Editor").count() == 1
    assert permissions_of("Editor") == next(role.permissions for role in ROLES if role.name == "Editor")
    assert permissions_of("Interns") == {"newsletters.add_article"}


def test_permissions_made_by_an_old_version_are_worded_as_they_are_now() -> None:
    name = Permission.objects.get(codename="change_edition").name
    Permission.objects.filter(codename="change_edition").update(name="Can change mailing")
    call_command("migrate", verbosity=0)
    assert Permission.objects.get(codename="change_edition").name == name


def test_an_editor_composes_and_does_not_send() -> None:
    assert "newsletters.change_edition" in permissions_of("Editor")
    assert "newsletters.send_edition" not in permissions_of("Editor")
    assert roles_with("newsletters.send_edition") == ["Publisher", "Owner"]
    assert who_may("newsletters.send_edition") == "Publisher or Owner"


def test_a_refusal_says_who_could_and_who_one_is(browser_of: Callable[[str], Client]) -> None:
    answer = browser_of("Manager").get("/admin/newsletters/article/add/")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "manager (Manager)" in page
    assert "Editor, Publisher or Owner" in page


def test_the_start_page_has_our_words_in_our_order(browser_of: Callable[[str], Client]) -> None:
    page = browser_of("Owner").get("/admin/").content.decode()
    assert page.index("Publish") < page.index("Articles") < page.index("Newsletters") < page.index("Users")
    for hidden in ("Access attempts", "Groups", "Django administration"):
        assert hidden not in page


def test_staff_without_a_role_are_told_what_to_do(browser_of: Callable[[str], Client]) -> None:
    assert "Ask an owner to give you a role" in browser_of("Nobody").get("/admin/").content.decode()
