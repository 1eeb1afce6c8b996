"""Every list of the admin is named by what it holds, says what that is when empty, and has a button that says what it
makes; the page of signing in is in our words."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from lxml import html as lxml_html

from iria.admin_lists import EMPTY
from newsletters.models import Institute
from tests.factories import make_article

pytestmark = pytest.mark.django_db
admin.autodiscover()
LISTS = [model for model in admin.site._registry if model is not Institute]


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="pw"))
    return client


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("model", LISTS, ids=[model._meta.label for model in LISTS])
def test_a_list_is_named_by_what_it_holds(root: Client, model: type[Model]) -> None:
    page = root.get(list_of(model)).content.decode()
    root_element = lxml_html.fromstring(page)
    plural = str(model._meta.verbose_name_plural)
    heading = plural[0].upper() + plural[1:]
    assert [h1.text_content().strip() for h1 in root_element.iter("h1")] == [heading]
    assert page.count("Select ") == 0 or "to change" not in page
    buttons = [link.text_content().strip() for link in root_element.find_class("iria-new-one")]
    assert buttons in ([], [f"New {model._meta.verbose_name}"])


@pytest.mark.parametrize("model", LISTS, ids=[model._meta.label for model in LISTS])
def test_each_has_words_for_when_there_is_nothing(model: type[Model]) -> None:
    assert EMPTY[model._meta.label].endswith(".")


def test_empty_and_without_a_match_are_two_things(root: Client) -> None:
    page = root.get("/admin/newsletters/article/").content.decode()
    assert "No articles yet." in page
    assert EMPTY["newsletters.Article"] in page
    make_article(title="Grain")
    assert "No articles yet." not in root.get("/admin/newsletters/article/").content.decode()
    page = root.get("/admin/newsletters/article/?q=nothing-like-it").content.decode()
    assert "No articles match." in page
    assert "No articles yet." not in page


def test_filters_are_closed_and_say_what_is_chosen(root: Client) -> None:
    make_article()
    page = root.get("/admin/newsletters/article/?status__exact=published").content.decode()
    assert "<summary>Status: <b>published</b></summary>" in page
    assert '<details class="iria-filter" name="filter">' in page
    assert "data-filter-title" not in page


def test_new_and_changed_are_named(root: Client) -> None:
    page = root.get("/admin/newsletters/author/add/").content.decode()
    assert "<h1>New author</h1>" in page
    assert "Add author" not in page


def test_signing_in_is_in_our_words(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "Forgot your password?" in page
    assert "credentials" not in page
    page = client.post("/admin/login/", {"username": "", "password": ""}).content.decode()
    assert "Please fill in both fields." in page
