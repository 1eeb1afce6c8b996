"""The composer's menu of who sees a block; the text for the others; each of the different emails with its preview."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.editions import drafts
from newsletters.models import Edition
from subscribers.models import Attribute, Topic
from tests.factories import (
    make_article,
    make_attribute,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
)
from tests.newsletters.admin.edition.test_composer import as_shown, block
from tests.newsletters.admin.edition.test_composing import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def ships() -> Topic:
    return make_topic(name="Ships")


@pytest.fixture
def edition(ships: Topic) -> Edition:
    make_attribute("city")
    make_attribute("member", kind="yes_no")
    make_attribute("secret", staff_may="nothing")
    grain = make_topic(name="Grain")
    newsletter = make_newsletter(make_list(topics=[ships, grain]))
    make_reader(newsletter.mailing_list, topics=[ships], email="ships@example.org")
    make_reader(newsletter.mailing_list, topics=[grain], email="grain@example.org")
    make_reader(newsletter.mailing_list, topics=[grain])
    return make_edition(newsletter, articles=[make_article(topics=[ships, grain])], subject="Hello")


def form_of(edition: Edition, chosen: str, **more: str) -> dict[str, Any]:
    form = as_shown(edition)
    form["block"] = [*form["block"], "t1"]
    return form | block("t1", "text", html="<p>About ships</p>", only_segment=chosen, **more)


def test_the_menu_names_what_staff_may_know(admin_client: Client, edition: Edition, ships: Topic) -> None:
    page = admin_client.post(page_of(edition), form_of(edition, "", only_value="") | {"_search": "1"}).content.decode()
    assert f'<option value="topic:{ships.pk}">Only who follows “Ships”</option>' in page
    assert '<option value="attribute.city" data-typed>Only if City is …</option>' in page
    assert '<option value="attribute.member=yes">Only if Member is yes</option>' in page
    assert "secret" not in page.lower().partition('class="iria-merge-menu')[0].partition('class="iria-rows')[2]


@pytest.mark.parametrize(
    ("chosen", "value", "saved"),
    [
        ("topic:{ships}", "", ("topic", "{ships}", False)),
        ("attribute.city", " Oslo ", ("attribute.city", "Oslo", False)),
        ("attribute.member=no", "ignored", ("attribute.member", "no", False)),
        ("", "ignored", ("", "", False)),
        ("segment", "", ("", "", False)),
        ("attribute.x'; drop", "y", ("", "", False)),
    ],
)
def test_what_was_chosen_is_saved_and_shown(
    admin_client: Client, edition: Edition, chosen: str, value: str, saved: tuple[str, str, bool]
) -> None:
    ships = Topic.objects.get(name="Ships")
    chosen = chosen.format(ships=ships.pk)
    form = form_of(edition, chosen, only_value=value)
    assert admin_client.post(page_of(edition), form | {"_save": "1"}).status_code == 302
    found = drafts.draft_of(edition).blocks[-1]
    assert (found.only_field, found.only_value.replace(str(ships.pk), "{ships}"), found.is_for_others) == saved
    page = admin_client.get(page_of(edition)).content.decode()
    assert page.count(" selected>Only ") == bool(saved[0])


@pytest.mark.parametrize(
    ("chosen", "value", "sentence"),
    [
        ("attribute.city", "", "Say which value of City its readers have."),
        ("attribute.city", "x" * 201, "can have 200 characters at most"),
        ("attribute.member", "perhaps", "Member"),
        ("attribute.secret", "yes", "That attribute is hidden from staff."),
    ],
)
def test_a_value_that_cannot_be_is_said_beside_the_block(
    admin_client: Client, edition: Edition, chosen: str, value: str, sentence: str
) -> None:
    answer = admin_client.post(page_of(edition), form_of(edition, chosen, only_value=value) | {"_save": "1"})
    assert answer.status_code == 422
    assert sentence in re.sub(r"\s+", " ", "".join(re.findall(r'class="errornote">([^<]+)', answer.content.decode())))


def test_what_was_asked_before_an_attribute_was_hidden_stays(admin_client: Client, edition: Edition) -> None:
    form = form_of(edition, "attribute.city", only_value="Oslo")
    admin_client.post(page_of(edition), form | {"_save": "1"})
    Attribute.objects.filter(key="city").update(staff_may="nothing")
    page = admin_client.get(page_of(edition)).content.decode()
    assert "selected>Only a value of an attribute that is hidden from staff" in page
    form = form_of(edition, "attribute.city=Oslo") | {"revision": as_shown(edition)["revision"]}
    assert admin_client.post(page_of(edition), form | {"_save": "1"}).status_code == 302


def test_a_text_for_the_others_comes_below(admin_client: Client, edition: Edition, ships: Topic) -> None:
    form = form_of(edition, f"topic:{ships.pk}") | {"_else": "t1"}
    page = admin_client.post(page_of(edition), form).content.decode()
    keys = re.findall(r'name="block" value="(\w+)"', page)
    assert keys[-2] == "t1"
    added = keys[-1]
    assert re.search(rf'name="is_for_others-{added}" checked', page)
    form = form_of(edition, f"topic:{ships.pk}")
    form["block"] = keys
    form |= block(added, "text", html="<p>About grain</p>", only_segment=f"topic:{ships.pk}", is_for_others="on")
    admin_client.post(page_of(edition), form | {"_save": "1"})
    assert [each.is_for_others for each in drafts.draft_of(edition).blocks[-2:]] == [False, True]
    panel = unescape(
        admin_client.get(reverse("admin:newsletters_edition_audience", args=[edition.pk])).content.decode()
    )
    assert "<b>1</b> see “About ships”, for readers in “Topic: Ships”" in panel
    assert "<b>2</b> see “About grain”, for readers who aren't in “Topic: Ships”" in panel
    versions = dict(re.findall(r'<li><b>(\d)</b> [^<]*<a href="([^"]+)"[^>]*data-version', panel))
    assert set(versions) == {"1", "2"}
    for count, shown, hidden in (("1", "About ships", "About grain"), ("2", "About grain", "About ships")):
        mail = admin_client.get(versions[count]).content.decode()
        assert shown in mail
        assert hidden not in mail
    assert "together that takes less than a minute" in panel
