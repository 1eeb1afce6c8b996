"""Who may send a large body: somebody of the staff, by a session that holds."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from iria.door.staff import is_staff

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def cookies_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"other=1; sessionid={client.cookies['sessionid'].value}"


def test_a_session_of_the_staff_counts_while_it_holds() -> None:
    editor = User.objects.create_user("editor", is_staff=True)
    cookies = cookies_of(editor)
    assert is_staff(cookies)
    User.objects.update(is_active=False)
    assert not is_staff(cookies)


@pytest.mark.parametrize("cookies", ["", "sessionid=", "sessionid=abc", "sessionid=" + "a" * 5000, "\x00=;;=", "a"])
def test_nothing_else_does(cookies: str) -> None:
    assert not is_staff(cookies)
    assert not is_staff(cookies_of(User.objects.create_user("reader")))
