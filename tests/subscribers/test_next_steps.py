"""After saving, the next step is offered with a link, to those who may take it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from subscribers.models import MailingList
from tests.factories import make_newsletter

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Client:
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def add_list(client: Client, **more: str) -> str:
    data = {"name": "Sea <b>lanes</b>", "slug": "sea-lanes", "description": "", "position": "0", **more}
    return client.post("/admin/subscribers/mailinglist/add/", data, follow=True).content.decode()


def test_a_list_leads_to_its_newsletter() -> None:
    page = add_list(signed_in("Owner"))
    made = MailingList.objects.get()
    assert f'<a href="/admin/newsletters/newsletter/add/?mailing_list={made.pk}">Next: set up a newsletter' in page
    assert "<b>lanes" not in page


def test_not_for_those_who_may_not_nor_while_one_goes_on() -> None:
    assert "Next: set up" not in add_list(signed_in("Manager"))
    assert "Next: set up" not in add_list(signed_in("Owner"), slug="others", name="Others", _continue="1")


def test_a_newsletter_leads_to_its_edition() -> None:
    newsletter = make_newsletter(name="Daily")
    client = signed_in("Owner")
    form = client.get(f"/admin/newsletters/newsletter/{newsletter.pk}/change/").context["adminform"].form
    data = {name: value if value is not None else "" for name, value in form.initial.items()}
    page = client.post(f"/admin/newsletters/newsletter/{newsletter.pk}/change/", data, follow=True).content.decode()
    assert '<a href="/admin/newsletters/edition/add/">Next: compose an edition of Daily</a>' in page
