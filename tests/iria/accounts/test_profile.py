"""One's own profile: name, zone, and an address that only its owner changes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from iria.models import StaffProfile

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PROFILE = "/admin/profile/"
PASSWORD = "a-Long-passphrase-4"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@iria.example", "ada@iria.example", PASSWORD, is_staff=True)


@pytest.fixture
def browser(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def typed(**fields: str) -> dict[str, str]:
    usual = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@iria.example",
        "zone": "",
        "current_password": "",
    }
    return {**usual, **fields}


def test_it_is_reached_from_every_page_and_saved_without_a_password(browser: Client, ada: User) -> None:
    assert f'href="{PROFILE}"' in browser.get("/admin/").content.decode()
    assert browser.post(PROFILE, typed(zone="asia/kathmandu"))["Location"] == PROFILE
    ada.refresh_from_db()
    assert ada.get_full_name() == "Ada Lovelace"
    assert StaffProfile.objects.get(user=ada).zone == "Asia/Kathmandu"
    assert 'value="Asia/Kathmandu"' in browser.get(PROFILE).content.decode()
    browser.post(PROFILE, typed(zone=""))
    assert StaffProfile.objects.get(user=ada).zone == ""


def test_who_signs_in_by_the_address_goes_on_to_until_it_changes(browser: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(username="ada@iria.example")
    for zone in ("Asia/Kathmandu", ""):
        browser.post(PROFILE, typed(zone=zone))
        ada.refresh_from_db()
        assert ada.username == "ada@iria.example"


@pytest.mark.parametrize(
    ("password", "sentence"), [("", "Enter your password"), ("wrong", "This isn&#x27;t your password")]
)
def test_another_address_takes_the_password(browser: Client, ada: User, password: str, sentence: str) -> None:
    answer = browser.post(PROFILE, typed(email="eve@iria.example", current_password=password))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert password not in answer.content.decode() or not password
    ada.refresh_from_db()
    assert ada.email == "ada@iria.example"


def test_with_the_password_the_address_changes_and_one_signs_in_with_it(browser: Client, ada: User) -> None:
    assert browser.post(PROFILE, typed(email="lovelace@iria.example", current_password=PASSWORD)).status_code == 302
    ada.refresh_from_db()
    assert (ada.email, ada.username) == ("lovelace@iria.example", "lovelace@iria.example")
    assert browser.get(PROFILE).status_code == 200, "they stay signed in"
    assert Client().login(username="lovelace@iria.example", password=PASSWORD)


def test_passwords_cannot_be_guessed_here(browser: Client, settings: pytest.FixtureRequest) -> None:
    settings.PASSWORDS_PER_SESSION = [(2, 60)]  # type: ignore[attr-defined]
    for _time in range(2):
        browser.post(PROFILE, typed(email="eve@iria.example", current_password="wrong"))
    said = browser.post(PROFILE, typed(email="eve@iria.example", current_password=PASSWORD)).content.decode()
    assert "Too many attempts" in said


def test_an_address_is_not_taken_away_and_the_name_stays_one(browser: Client, ada: User) -> None:
    assert browser.post(PROFILE, typed(email="", current_password=PASSWORD)).status_code == 422
    User.objects.filter(pk=ada.pk).update(email="", username="ada")
    assert browser.post(PROFILE, typed(email="")).status_code == 302
    ada.refresh_from_db()
    assert ada.username == "ada"


def test_the_address_of_another_account_is_refused(browser: Client) -> None:
    User.objects.create_user("eve", "eve@iria.example")
    said = browser.post(PROFILE, typed(email="EVE@iria.example", current_password=PASSWORD)).content.decode()
    assert "Another account has this email address." in said


@pytest.mark.parametrize("zone", ["Berlin", "UTC+5:45", "Etc/GMT+3", "Europe/Atlantis", "x" * 200])
def test_a_zone_that_is_none_is_refused(browser: Client, zone: str) -> None:
    assert browser.post(PROFILE, typed(zone=zone)).status_code == 422
    assert not StaffProfile.objects.exists()


def test_a_zone_that_was_deleted_stays_until_somebody_chooses_another(browser: Client, ada: User) -> None:
    StaffProfile.objects.create(user=ada, zone="Europe/Atlantis")
    assert browser.get("/admin/").status_code == 200
    assert browser.post(PROFILE, typed(zone="Europe/Atlantis", first_name="A.")).status_code == 302


def test_who_is_not_signed_in_has_none(client: Client) -> None:
    assert client.get(PROFILE)["Location"].startswith("/admin/login/")
