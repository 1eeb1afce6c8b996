"""The set-up: from nothing to an edition that may go, in any order, with progress read from what there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from iria import env
from mail.models import Message
from mail.results import Result, Verdict
from mail.return_paths import message_path
from newsletters.admin.set_up import steps
from newsletters.delivery import trial_mail
from newsletters.models import Edition, Institute, Newsletter
from subscribers import suppression
from subscribers.models import MailingList, Suppression, Topic
from tests.factories import make_edition, make_list, make_newsletter, make_topic
from tests.newsletters.admin.conftest import picture_file

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
SET_UP = "/admin/set-up/"


def institute(**fields: str) -> dict[str, str]:
    usual = {"name": "Sahel Watch", "tagline": "", "contact_email": "desk@sahel.example", "zone": "Africa/Dakar"}
    return {**usual, **fields}


def newsletter(**fields: str) -> dict[str, str]:
    usual = {
        "name": "Morning Brief",
        "topics": "Security, Sahel,, أمن , Security",
        "description": "What is new, on weekday mornings.", "rhythm": "weekdays",
        "from_name": "Sahel Watch", "from_email": "news@sahel.example", "postal_address": "1 Rue",
    }  # fmt: skip
    return {**usual, **fields}


def done() -> set[str]:
    return {step.key for step in steps.list_steps(steps.what_there_is()) if step.done}


def test_the_first_login_of_an_empty_installation_opens_it(client: Client) -> None:
    User.objects.create_superuser("owner", password="a-Long-passphrase-4")
    login = {"username": "owner", "password": "a-Long-passphrase-4", "next": "/admin/"}
    assert client.post("/admin/login/", login)["Location"] == SET_UP
    client.logout()
    assert client.post("/admin/login/", {**login, "next": "/admin/newsletters/article/"})["Location"].endswith(
        "/article/"
    )
    client.logout()
    make_list()
    assert client.post("/admin/login/", login)["Location"] == "/admin/"


def test_a_login_by_somebody_who_may_not_set_up_opens_the_dashboard(client: Client) -> None:
    User.objects.create_user("editor", password="a-Long-passphrase-4", is_staff=True)
    login = {"username": "editor", "password": "a-Long-passphrase-4", "next": "/admin/"}
    answer = client.post("/admin/login/", login)
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize("role", ["Editor", "Publisher", "Manager", "Nobody"])
def test_it_is_for_owners_alone(browser_of: Callable[[str], Client], role: str) -> None:
    browser = browser_of(role)
    for path in (SET_UP, f"{SET_UP}institute/", f"{SET_UP}test/"):
        answer = browser.get(path)
        assert answer.status_code == 403
    assert "Finish setting up" not in browser.get("/admin/").content.decode()


def test_every_step_has_a_page_that_can_be_left_out(owner: Client) -> None:
    path, seen = f"{SET_UP}institute/", []
    while path != SET_UP:
        said = owner.get(path)
        assert said.status_code == 200
        seen.append(path.split("/")[-2])
        path = said.context["following"]
        assert f'href="{path}"' in said.content.decode()
    assert seen == ["institute", "look", "newsletter", "test", "staff", "import"]
    assert owner.get(f"{SET_UP}nothing/").status_code == 404
    assert done() == set() and not Institute.objects.exists()


def test_the_institute_is_saved_and_the_next_step_opens(owner: Client) -> None:
    assert 'value="Iria"' not in owner.get(f"{SET_UP}institute/").content.decode()
    answer = owner.post(f"{SET_UP}institute/", institute())
    assert answer["Location"] == f"{SET_UP}look/"
    saved = Institute.objects.get()
    assert (saved.name, saved.zone) == ("Sahel Watch", "Africa/Dakar")
    assert done() == {"institute"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter the name of your institute."),
        ("contact_email", "", "Enter an email address at which readers can reach you."),
        ("contact_email", "desk", "valid email address"),
        ("zone", "Berlin", "Did you mean Europe/Berlin?"),
        ("zone", "UTC+5:45", "Asia/Kathmandu"),
    ],
)
def test_what_is_wrong_is_said_on_top_and_links_to_its_field(
    owner: Client, field: str, value: str, sentence: str
) -> None:
    answer = owner.post(f"{SET_UP}institute/", institute(**{field: value}))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in said.partition('class="iria-field')[0]
    assert (f'<a href="#id_{field}">' in said and 'value="desk@sahel.example"' in said) or field == "contact_email"
    assert not Institute.objects.exists()


def test_a_logo_and_a_colour(owner: Client) -> None:
    owner.post(f"{SET_UP}institute/", institute())
    answer = owner.post(f"{SET_UP}look/", {"logo_file": picture_file(), "logo_alt": "", "accent": "#aa3300"})
    assert answer["Location"] == f"{SET_UP}newsletter/"
    saved = Institute.objects.get()
    assert saved.accent == "#aa3300" and saved.logo is not None and saved.logo.alt == "Sahel Watch"
    assert saved.name == "Sahel Watch", "the other fields of the institute stay"
    assert "look" in done()


def test_the_newsletter_and_its_list_are_made_together(owner: Client) -> None:
    owner.post(f"{SET_UP}institute/", institute())
    assert 'value="Sahel Watch"' in owner.get(f"{SET_UP}newsletter/").content.decode()
    assert owner.post(f"{SET_UP}newsletter/", newsletter())["Location"] == f"{SET_UP}test/"
    made, mailing_list = Newsletter.objects.get(), MailingList.objects.get()
    assert made.mailing_list == mailing_list
    for name in ("name", "slug", "description", "from_name", "from_email", "postal_address"):
        assert getattr(made, name) == getattr(mailing_list, name), name
    assert (made.zone, made.weekdays, made.mode) == ("Africa/Dakar", [1, 2, 3, 4, 5], Newsletter.Mode.DRAFT)
    assert mailing_list.is_public
    assert [topic.slug for topic in mailing_list.topics.all()] == ["security", "sahel", "أمن"]
    said = owner.get(f"{SET_UP}newsletter/").content.decode()
    assert "You have the newsletter" in said and owner.post(f"{SET_UP}newsletter/", newsletter()).status_code == 200
    assert Newsletter.objects.count() == 1


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [
        (" , ;", "Name at least one topic"),
        (", ".join(f"Topic {n}" for n in range(21)), "These are 21 topics."),
        ("x" * 81, "is too long for a topic"),
        ("News, ***", "“***” needs at least one letter or digit."),
        ("a" + "\u0315\u0301\u0327" * 25, "accents"),
    ],
)
def test_topics_that_cannot_be_are_refused_in_words(owner: Client, topics: str, sentence: str) -> None:
    answer = owner.post(f"{SET_UP}newsletter/", newsletter(topics=topics))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not MailingList.objects.exists() and not Topic.objects.exists()


def test_topics_that_there_are_stay_as_they_are(owner: Client) -> None:
    make_topic(name="Security", slug="sec")
    make_topic(name="Łódź", slug="lodz")
    owner.post(f"{SET_UP}newsletter/", newsletter(topics="Security, Lodz, Sahel"))
    assert {topic.slug for topic in MailingList.objects.get().topics.all()} == {"sec", "lodz", "sahel"}


def test_a_newsletter_without_a_postal_address_is_refused_and_no_list_is_left(owner: Client) -> None:
    assert owner.post(f"{SET_UP}newsletter/", newsletter(postal_address=" ")).status_code == 422
    assert not MailingList.objects.exists()


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A transport that takes every mail and answers as the list says."""
    answers: list[Any] = []

    class Taking:
        trouble = "The mail server can't be reached."
        pending = False

        def submit(self, mail: Any) -> None:
            self.mail = mail

        def collect(self, **_wait: Any) -> list[Any]:
            written = self.mail.make()
            answers.append(written.message().as_bytes())
            return [(self.mail, answers[0])] if answers[0] is not None else []

        def close(self) -> None: ...

    monkeypatch.setattr(trial_mail, "make_transport", Taking)
    return answers


@pytest.fixture
def reachable(owner: Client) -> Client:
    User.objects.filter(username="owner").update(email="ada@sahel.example")
    return owner


def test_a_test_mail_says_what_the_server_said(reachable: Client, answering: list[Any], settings: Settings) -> None:
    settings.INBOX_ENABLED = False
    settings.DKIM_SELECTOR = "s1"
    make_newsletter(make_list(), from_name="Sahel Watch", from_email="news@sahel.example")
    answering.append(Result(0, Verdict.ACCEPTED, smtp_code=250, reply="250 2.0.0 queued as 4711"))
    answer = reachable.post(f"{SET_UP}test/", follow=True)
    said = answer.content.decode()
    assert "250 2.0.0 queued as 4711" in said and "s1._domainkey.sahel.example" in said and "dmarc=pass" in said
    assert b'From: "Sahel Watch" <news@sahel.example>' in answering[1] and b"To: ada@sahel.example" in answering[1]
    assert "test" in done()
    assert Message.objects.get().state == Message.State.SENT


def test_a_test_mail_takes_and_shows_the_return_path_that_all_mail_has(
    reachable: Client, answering: list[Any], settings: Settings
) -> None:
    settings.BOUNCE_DOMAIN = "bounce.sahel.example"
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example")
    make_newsletter(make_list(), from_name="Sahel Watch", from_email="news@sahel.example")
    answering.append(Result(0, Verdict.ACCEPTED, smtp_code=250, reply="250 2.0.0 queued as 4711"))
    said = reachable.post(f"{SET_UP}test/", follow=True).content.decode()
    assert message_path(0, "").endswith("@bounce.sahel.example")
    assert message_path(0, "") in said
    assert "belongs to the same organization as the sender" in said


def test_a_test_mail_that_did_not_leave_says_why_and_is_not_done(reachable: Client, answering: list[Any]) -> None:
    answering.append(None)
    said = reachable.post(f"{SET_UP}test/", follow=True).content.decode()
    assert "The email hasn&#x27;t left" in said or "The email hasn't left" in said
    assert "be reached" in said and "test" not in done()


def test_in_the_built_in_inbox_nothing_is_claimed_of_spf(
    reachable: Client, answering: list[Any], settings: Settings
) -> None:
    settings.INBOX_ENABLED = True
    answering.append(Result(0, Verdict.ACCEPTED, smtp_code=250, reply="250 OK"))
    said = reachable.post(f"{SET_UP}test/", follow=True).content.decode()
    assert "never left this machine" in said and 'href="/inbox/"' in said and "dmarc=pass" not in said


def test_nothing_goes_to_a_suppressed_address_nor_without_one(reachable: Client, answering: list[Any]) -> None:
    suppression.suppress("ada@sahel.example", reason=Suppression.Reason.STAFF)
    assert "is suppressed" in reachable.post(f"{SET_UP}test/").content.decode()
    User.objects.update(email="")
    assert "Your account has no email address" in reachable.post(f"{SET_UP}test/").content.decode()
    assert not Message.objects.exists()


def test_the_dashboard_reminds_until_it_is_dismissed_or_an_edition_went_out(owner: Client) -> None:
    assert "Finish setting up" in owner.get("/admin/").content.decode()
    made = make_newsletter(make_list())
    Edition.objects.filter(pk=make_edition(made).pk).update(frozen_at=timezone.now(), number=1, slug="sent-1")
    assert "Finish setting up" not in owner.get("/admin/").content.decode()
    Edition.objects.update(frozen_at=None)
    assert "Finish setting up" in owner.get("/admin/").content.decode()
    assert owner.post(SET_UP)["Location"] == "/admin/"
    assert "Finish setting up" not in owner.get("/admin/").content.decode()
    assert owner.get(SET_UP).status_code == 200, "it can be opened all the same"


def test_a_step_is_done_wherever_its_thing_was_made(owner: Client) -> None:
    make_newsletter(make_list())
    User.objects.create_user("colleague", is_staff=True)
    Institute.objects.create(name="One", contact_email="a@b.example", accent="#112233")
    assert done() >= {"institute", "look", "newsletter", "staff"}
