"""The staff's pages: a right that is missing is said before anybody looks whether the row is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from subscribers import suppression
from subscribers.models import Suppression
from tests.factories import (
    make_article,
    make_comment,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.either_database]
NOT_THERE = 10**9
# What the pages call the row.
KEYWORDS = ("pk", "object_id", "id")


@pytest.fixture
def furnished() -> None:
    mailing_list = make_list(name="News", topics=[make_topic(name="Europe")])
    make_reader(mailing_list)
    suppression.suppress("gone@example.org", reason=Suppression.Reason.STAFF)
    make_comment(make_article())
    make_edition(make_newsletter())
    User.objects.create_user("somebody")


# Pages that also name what is done.
WHAT = {
    "subscribers_subscriber_action": ["resend", "suppress", "release", "erase", "invented"],
    "subscribers_bulkjob_do": ["stop", "go-on", "undo", "invented"],
}


def pages_of_rows() -> Iterator[tuple[str, str, type[Any]]]:
    """Each page of the admin that is about one row: its name, the keyword of the row, the row's model."""
    admin.autodiscover()
    for model, model_admin in admin.site._registry.items():
        for pattern in model_admin.get_urls():
            keywords = list(pattern.pattern.converters) if hasattr(pattern, "pattern") else []
            for keyword in KEYWORDS:
                if keyword in keywords and pattern.name:
                    yield pattern.name, keyword, model


MORE: dict[str, dict[str, object]] = {
    "newsletters_edition_version": {"number": 1},
    "newsletters_newsletter_date": {"day": "2026-12-23"},
}


def answers(browser: Client, name: str, keyword: str, pk: int, post: bool) -> list[tuple[int, bytes]]:
    found = []
    for what in WHAT.get(name, [""]):
        more: dict[str, object] = {"what": what} if what else MORE.get(name, {})
        address = reverse(f"admin:{name}", kwargs={keyword: pk, **more})
        answer = browser.post(address, {}) if post else browser.get(address)
        found.append((answer.status_code, answer.get("Location", "").replace(str(pk), "N").encode()))
    return found


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("role", ["", "Editor", "Publisher", "Manager"], ids=lambda role: role or "no role")
def test_staff_without_the_right_cannot_tell_whether_a_row_is_there(role: str, post: bool) -> None:
    user = User.objects.create_user("staff", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    browser = Client()
    browser.force_login(user)
    seen = 0
    for name, keyword, model in pages_of_rows():
        there = model._default_manager.order_by("pk").first()
        if there is None or user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue  # who may list the rows knows which there are
        here = answers(browser, name, keyword, there.pk, post)
        nowhere = answers(browser, name, keyword, NOT_THERE, post)
        refused = [number for number, (status, _) in enumerate(here) if status == 403]
        for number in refused:
            assert nowhere[number] == here[number], f"{name}: {here[number]}, and {nowhere[number]} for who isn't there"
            seen += 1
    assert seen >= 3


@pytest.mark.usefixtures("furnished")
def test_readers_are_refused_page_by_page_to_staff_without_a_role() -> None:
    browser = Client()
    browser.force_login(User.objects.create_user("staff", is_staff=True))
    for name, keyword, model in pages_of_rows():
        if model._meta.app_label == "subscribers":
            for pk in (1, NOT_THERE):
                for status, _ in answers(browser, name, keyword, pk, post=False):
                    assert status == 403, f"{name} {pk}: {status}"
