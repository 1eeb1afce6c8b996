"""Invited, forgotten, chosen anew: by a link that works once, and without a word on who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.models import Group, User
from django.core import mail as outbox
from django.test import Client
from pytest_django import Settings

from iria.accounts.messages import MOST_A_DAY, PASSWORD_RESET
from mail.models import Message
from mail.outbox.sending import send_due

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
FORGOTTEN = "/admin/password-reset/"
LINK = re.compile(r"https?://\S+/admin/password-reset/\S+/\S+/")
PASSWORD = {"new_password1": "a-Long-passphrase-4-tests", "new_password2": "a-Long-passphrase-4-tests"}


@pytest.fixture
def ida() -> User:
    return User.objects.create_user("ida", "Ida@iria.example", "before-that-it-was-this", is_staff=True)


def links_to(address: str) -> list[str]:
    """In the mails to this address, the newest last."""
    send_due()
    return [link for each in outbox.outbox if each.to == [address] for link in LINK.findall(str(each.body))]


def choose_password(link: str, **typed: str) -> int:
    """The status after the form behind the link was sent; 0 where the link no longer works."""
    browser = Client()
    path = re.sub(r"^https?://[^/]+", "", link)
    page = browser.get(path, follow=True)
    if "new_password1" not in page.content.decode():
        return 0
    return browser.post(page.redirect_chain[-1][0], PASSWORD | typed).status_code


def sign_in(name: str, password: str = PASSWORD["new_password1"]) -> bool:
    answer = Client().post("/admin/login/", {"username": name, "password": password, "next": "/admin/"})
    return answer.status_code == 302


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(client: Client, ida: User) -> None:
    assert FORGOTTEN in client.get("/admin/login/").content.decode()
    sent = client.post(FORGOTTEN, {"email": "ida@IRIA.example"}, follow=True)
    assert "Check your email" in sent.content.decode()
    (link,) = links_to("ida@IRIA.example")
    assert choose_password(link, new_password2="another") == 200
    assert choose_password(link) == 302
    assert choose_password(link) == 0
    assert sign_in("ida") and sign_in("ida@iria.example") and not sign_in("ida", "before-that-it-was-this")


def test_who_was_locked_out_by_guessing_gets_in_with_the_new_password(
    client: Client, ida: User, settings: Settings
) -> None:
    settings.AXES_ENABLED, settings.LOGIN_LIMITS_PER_IP = True, [(1000, 60)]
    names = ("ida", "Ida@iria.example")
    for name in names * (settings.AXES_FAILURE_LIMIT + 1):
        sign_in(name, "a guess")
    assert not any(sign_in(name, "before-that-it-was-this") for name in names)
    client.post(FORGOTTEN, {"email": ida.email})
    assert choose_password(links_to(ida.email)[0]) == 302
    assert all(sign_in(name) for name in names)


def test_no_answer_tells_who_has_an_account(client: Client, ida: User) -> None:
    answers = [client.post(FORGOTTEN, {"email": each}, follow=True) for each in ("ida@iria.example", "no@iria.example")]
    assert answers[0].content == answers[1].content
    assert Message.objects.filter(kind=PASSWORD_RESET.name).count() == 2  # the same work
    assert links_to("no@iria.example") == []
    assert Message.objects.get(address="no@iria.example").reply == "no account has this address"


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_who_does_not_work_here_any_more_gets_no_link(client: Client, ida: User, field: str) -> None:
    User.objects.update(**{field: False})
    client.post(FORGOTTEN, {"email": ida.email})
    assert links_to(ida.email) == []


def test_nobody_can_flood_an_inbox_or_the_page(client: Client, ida: User, settings: Settings) -> None:
    settings.LOGIN_LIMITS_PER_IP = [(MOST_A_DAY + 2, 60)]
    statuses = [client.post(FORGOTTEN, {"email": ida.email}).status_code for _ in range(MOST_A_DAY + 3)]
    assert statuses == [302] * (MOST_A_DAY + 2) + [429]
    assert len(links_to(ida.email)) == MOST_A_DAY


def test_a_colleague_is_invited_chooses_a_password_and_signs_in_by_address(owner: Client) -> None:
    role = Group.objects.get(name="Editor")
    form = {"email": "bea@iria.example", "first_name": "Bea", "last_name": "", "groups": [role.pk]}
    answer = owner.post("/admin/auth/user/add/", form, follow=True)
    assert "Bea can sign in as soon as they follow the link" in answer.content.decode()
    bea = User.objects.get(email="bea@iria.example")
    assert (bea.is_staff, bea.is_superuser, list(bea.groups.all())) == (True, False, [role])
    assert not bea.has_usable_password()
    owner.post("/admin/auth/user/", {"action": "invite_again", "_selected_action": [bea.pk]})
    first, second = links_to("bea@iria.example")
    assert choose_password(second) == 302
    assert choose_password(first) == 0
    assert sign_in("bea@iria.example") and sign_in("BEA@iria.example")
    again = owner.post("/admin/auth/user/", {"action": "invite_again", "_selected_action": [bea.pk]}, follow=True)
    assert "has a password already" in again.content.decode()
    assert len(links_to("bea@iria.example")) == 2


def test_one_button_invites_and_leads_back_to_the_set_up_that_it_came_from(owner: Client) -> None:
    page = owner.get("/admin/auth/user/add/").content.decode().split('<div class="submit-row">')[1].split("</div>")[0]
    assert re.findall(r'<input type="submit"[^>]* value="([^"]*)"', page) == ["Send the invitation"]
    set_up = "/admin/set-up/staff/"
    (leads,) = re.findall(r'href="(/admin/auth/user/add/[^"]*)"', owner.get(set_up).content.decode())
    assert owner.post(leads, {"email": "bea@iria.example"}).headers["Location"] == set_up
    assert "bea@iria.example" in owner.get(set_up).content.decode()
    assert owner.post("/admin/auth/user/add/", {"email": "leo@iria.example"}).headers["Location"] == "/admin/auth/user/"


def test_an_invitation_to_an_account_that_changed_meanwhile_is_not_sent(owner: Client) -> None:
    owner.post("/admin/auth/user/add/", {"email": "bea@iria.example"})
    User.objects.filter(username="bea@iria.example").update(email="other@iria.example")
    assert links_to("bea@iria.example") == []


def test_an_address_is_one_account_s_alone(owner: Client, ida: User) -> None:
    page = owner.post("/admin/auth/user/add/", {"email": "ida@iria.EXAMPLE"}).content.decode()
    assert "Another account has this email address" in page
    page = owner.post("/admin/auth/user/add/", {"email": ""}).content.decode()
    assert "This field is required" in page
    twin = User.objects.create_user("twin", ida.email, PASSWORD["new_password1"], is_staff=True)
    assert sign_in("twin") and not sign_in(twin.email)  # whose would it be?


@pytest.mark.parametrize("email", ["o'brien!@iria.example", "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + ".example"])
def test_any_address_makes_an_account_that_can_be_edited(owner: Client, email: str) -> None:
    owner.post("/admin/auth/user/add/", {"email": email})
    made = User.objects.get(email=email)
    made.full_clean(exclude=["password"])
    User.objects.filter(pk=made.pk).update(email="another@iria.example")
    owner.post("/admin/auth/user/add/", {"email": email})
    assert User.objects.get(email=email).username == f"{made.username}-2"


def test_each_try_hashes_one_password_also_without_an_account(ida: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a try takes tells nothing."""
    hashed: list[str] = []
    hasher = type(get_hasher())
    encode = hasher.encode

    def counted(self: Any, password: str, *how: Any) -> str:
        hashed.append(password)
        return encode(self, password, *how)

    monkeypatch.setattr(hasher, "encode", counted)
    for name in ("ida", "nobody", "ida@iria.example", "nobody@iria.example"):
        hashed.clear()
        assert not sign_in(name, "a guess")
        assert hashed == ["a guess"], name
