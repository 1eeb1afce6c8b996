"""A newsletter brings its list with it, or takes from the one that there is what was left empty."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from newsletters.admin.newsletter.its_list import free_slug
from newsletters.models import Newsletter
from subscribers.models import MailingList
from tests.factories import make_list, make_newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/newsletter/add/"


def typed(client: Client, **fields: Any) -> dict[str, Any]:
    """The form as it stands, with these fields changed."""
    form = client.get(ADD).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**values, **fields}.items() if value not in (None, False)}


BRIEF = {"name": "Morning Brief", "slug": "morning-brief", "description": "What is new.", "from_name": "Desk",
         "from_email": "desk@iria.example", "postal_address": "1 Rue"}  # fmt: skip


def test_without_a_list_one_is_made_that_says_the_same(owner: Client) -> None:
    answer = owner.post(ADD, typed(owner, **BRIEF))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    made = Newsletter.objects.get()
    assert made.mailing_list == MailingList.objects.get()
    assert {name: getattr(made.mailing_list, name) for name in BRIEF} == BRIEF


def test_of_a_list_that_there_is_it_inherits_what_was_left_empty(owner: Client) -> None:
    mailing_list = make_list(from_name="Ada", from_email="ada@iria.example")
    MailingList.objects.update(postal_address="2 Rue", description="Of the list.")
    empty = dict.fromkeys(("description", "from_name", "from_email", "postal_address"), "")
    assert owner.post(ADD, typed(owner, **{**BRIEF, **empty}, mailing_list=mailing_list.pk)).status_code == 302
    made = Newsletter.objects.get()
    assert (made.from_name, made.from_email) == ("Ada", "ada@iria.example")
    assert (made.postal_address, made.description) == ("2 Rue", "Of the list.")
    assert MailingList.objects.count() == 1


def test_what_neither_says_is_asked_for(owner: Client) -> None:
    answer = owner.post(ADD, typed(owner, **{**BRIEF, "postal_address": ""}, mailing_list=make_list().pk))
    assert "Enter a postal address" in answer.content.decode()
    assert owner.post(ADD, typed(owner, **{**BRIEF, "from_name": ""})).status_code == 200
    assert not Newsletter.objects.exists()


def test_the_next_newsletter_begins_as_the_last(owner: Client) -> None:
    make_newsletter(make_list(), from_name="Desk", from_email="desk@iria.example", zone="Asia/Kathmandu")
    form = owner.get(ADD).context["adminform"].form
    assert (form["from_name"].value(), form["from_email"].value(), form["zone"].value()) == (
        "Desk", "desk@iria.example", "Asia/Kathmandu",
    )  # fmt: skip


def test_who_may_not_make_lists_chooses_one(publisher: Client) -> None:
    answer = publisher.post(ADD, typed(publisher, **BRIEF))
    assert "mailing_list" in answer.context["adminform"].form.errors
    assert not MailingList.objects.exists()


def test_the_list_of_an_old_newsletter_cannot_be_taken_away(owner: Client) -> None:
    made = make_newsletter(make_list())
    form = owner.get(f"/admin/newsletters/newsletter/{made.pk}/change/").context["adminform"].form
    assert form.fields["mailing_list"].required


def test_an_address_that_is_taken_gets_a_number() -> None:
    make_list(slug="morning-brief")
    make_list(slug="morning-brief-2")
    assert free_slug(MailingList, "Morning Brief") == "morning-brief-3"
    assert free_slug(MailingList, "النشرة") == "newsletter"
