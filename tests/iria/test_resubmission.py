"""Nothing typed is lost when a session ends, or when somebody signed in again in another window."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/author/add/"


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("ada", password="pw")


def token_on(page: str) -> str:
    return page.split('name="csrfmiddlewaretoken" value="')[1].split('"', maxsplit=1)[0]


def test_a_form_sent_after_the_session_ended_is_kept_and_sent_after_signing_in(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    token = token_on(client.get(ADD).content.decode())
    del client.cookies["sessionid"]
    answer = client.post(ADD, {"name": "Grace <b>Hopper</b>", "slug": "grace", "csrfmiddlewaretoken": token})
    assert answer.status_code == 401
    page = answer.content.decode()
    assert 'name="name" value="Grace &lt;b&gt;Hopper&lt;/b&gt;"' in page
    assert f'action="{ADD}"' in page
    client.force_login(user)
    sent = {"name": "Grace", "slug": "grace", "csrfmiddlewaretoken": token_on(page)}
    assert client.post(ADD, sent).status_code == 302


def test_a_form_with_a_token_of_before_is_kept_when_it_came_from_our_own_page(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.get(ADD)
    stale = {"name": "Grace", "csrfmiddlewaretoken": "x" * 64}
    answer = client.post(ADD, stale, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert 'name="name" value="Grace"' in page
    sent = {"name": "Grace", "slug": "grace", "csrfmiddlewaretoken": token_on(page)}
    assert client.post(ADD, sent).status_code == 302


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_form_of_another_site_is_refused_and_not_offered_again(user: User, site: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    answer = client.post(ADD, {"name": "Mallory"}, headers={"Sec-Fetch-Site": site, "Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "Mallory" not in answer.content.decode()


def test_without_fetch_metadata_the_origin_decides(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    ours = client.post(ADD, {"name": "Grace"}, headers={"Origin": "http://testserver"})
    assert "Grace" in ours.content.decode()
    assert "Grace" not in client.post(ADD, {"name": "Grace"}, headers={"Origin": "null"}).content.decode()


def test_no_password_is_written_into_a_page(user: User) -> None:
    answer = Client().post("/admin/password_change/", {"old_password": "secret-word", "new_password1": "secret-word"})
    assert answer.status_code == 401
    assert "secret-word" not in answer.content.decode()


def test_logging_out_twice_is_no_form_to_send_again() -> None:
    assert Client().post("/admin/logout/").status_code == 302
