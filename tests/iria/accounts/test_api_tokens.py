"""The page of API tokens: a token is shown once, everybody revokes their own, and who manages the staff all."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from mail.models import Message
from newsletters.api.tokens import KEPT_DAYS, MOST_OF_A_PERSON, forget_ended, make_token
from newsletters.models import ApiToken

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGE, API = "/admin/api-tokens/", "/api/v1/editions/"
PASSWORD = "a-Long-passphrase-4"
BOARD = {"name": "Board", "days": "30", "idempotency_key": "0" * 32}


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada@iria.example", "ada@iria.example", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


@pytest.fixture
def browser(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def test_a_token_is_shown_once_and_works(browser: Client) -> None:
    made = browser.post(PAGE, {**BOARD, "name": "Board <1>"})
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    token = re.search(r'id="token" value="(iria_[\w-]+)"', made.content.decode())
    assert token
    assert Client(headers={"Authorization": f"Bearer {token[1]}"}).get(API).status_code == 200
    later = browser.get(PAGE).content.decode()
    assert "Board <1>" in html.unescape(later)
    assert token[1] not in later


def test_a_new_password_ends_them_and_the_owner_is_told_of_each(browser: Client, ada: User) -> None:
    browser.post(PAGE, BOARD)
    assert Message.objects.get(kind="api_token_made").address == ada.email
    ada.set_password("another-Long-phrase-5")
    ada.save()
    assert not ApiToken.objects.that_work().exists()
    with time_machine.travel(timezone.now() + timedelta(days=KEPT_DAYS + 1)):
        assert (forget_ended(), forget_ended()) == (1, 0)


def test_making_one_takes_a_password_typed_lately(browser: Client) -> None:
    session = browser.session
    session["password_typed_at"] = 0
    session.save()
    asked = browser.post(PAGE, BOARD)
    assert "Enter your password" in asked.content.decode()
    assert not ApiToken.objects.exists()
    browser.post(PAGE, {**BOARD, "_password": PASSWORD})
    assert ApiToken.objects.get().name == "Board"


def test_a_page_that_is_reloaded_makes_no_second_token(browser: Client) -> None:
    page = browser.get(PAGE).content.decode()
    key = re.search(r'name="idempotency_key" value="([0-9a-f]{32})"', page)
    assert key
    typed = {**BOARD, "idempotency_key": key[1]}
    assert browser.post(PAGE, typed).status_code == 200
    again = browser.post(PAGE, typed, follow=True)
    assert again.redirect_chain == [(PAGE, 302)]
    assert "isn&#x27;t shown again" in again.content.decode()
    assert ApiToken.objects.count() == 1
    assert browser.post(PAGE, {**BOARD, "idempotency_key": "1" * 32}).status_code == 200
    assert ApiToken.objects.count() == 2


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "31"}, {"name": "x" * 81}, {"idempotency_key": "x"}])
def test_what_is_missing_is_said_beside_it(browser: Client, wrong: dict[str, str]) -> None:
    assert browser.post(PAGE, BOARD | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_nobody_collects_tokens(browser: Client, ada: User) -> None:
    for _ in range(MOST_OF_A_PERSON):
        make_token(ada, name="Board", days=7)
    answer = browser.post(PAGE, BOARD)
    assert "Revoke one first" in answer.content.decode()
    assert ApiToken.objects.count() == MOST_OF_A_PERSON


def test_staff_revoke_their_own_and_only_who_manages_the_staff_those_of_others(browser: Client, ada: User) -> None:
    boss = User.objects.create_superuser("boss@iria.example", "boss@iria.example")
    (own, _), (bosses, _) = make_token(ada, name="of Ada", days=7), make_token(boss, name="of the boss", days=7)
    page = browser.get(PAGE).content.decode()
    assert "of Ada" in page
    assert "of the boss" not in page
    for pk in (own.pk, bosses.pk, 10**17, "x"):
        browser.post(PAGE, {"revoke": pk})
    assert list(ApiToken.objects.that_work()) == [bosses]
    again, _ = make_token(ada, name="again", days=7)
    browser.force_login(boss)
    assert "again" in browser.get(PAGE).content.decode()
    browser.post(PAGE, {"revoke": again.pk})
    again.refresh_from_db()
    assert again.revoked_by
