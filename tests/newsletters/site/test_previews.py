"""Staff preview what is not published; nobody else does."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.factories import make_article

pytestmark = pytest.mark.django_db


def staff(*permissions: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user("editor", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_staff_preview_a_draft_which_says_that_it_is_one_and_is_kept_by_no_cache() -> None:
    make_article(title="Not yet", slug="not-yet", status="draft")
    response = staff("view_article").get("/articles/not-yet/preview/")
    assert response.status_code == 200
    assert "Preview, not published" in str(response.content, "utf-8")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


def test_a_preview_leads_back_to_the_form_for_who_may_write() -> None:
    article = make_article(title="Not yet", slug="back-again", status="draft")
    link = f'href="/admin/newsletters/article/{article.pk}/change/"'
    path = "/articles/back-again/preview/"
    assert link in str(staff("view_article", "change_article").get(path).content, "utf-8")


def test_a_preview_offers_no_form_to_who_may_only_look() -> None:
    make_article(title="Not yet", slug="only-look", status="draft")
    page = str(staff("view_article").get("/articles/only-look/preview/").content, "utf-8")
    assert "/admin/newsletters/article/" not in page


def test_the_preview_of_a_published_article_does_not_call_it_unpublished() -> None:
    make_article(slug="out")
    html = str(staff("view_article").get("/articles/out/preview/").content, "utf-8")
    assert "Preview of a published article" in html
    assert "not published" not in html


def test_nobody_else_sees_a_preview(client: Client) -> None:
    make_article(slug="not-yet", status="draft")
    assert client.get("/articles/not-yet/preview/")["Location"] == "/admin/login/?next=/articles/not-yet/preview/"
    assert client.get("/articles/no-such/preview/").status_code == 302  # and it is not said whether there is one
    assert staff().get("/articles/not-yet/preview/").status_code == 404


def test_somebody_who_is_no_staff_sees_no_preview() -> None:
    make_article(slug="not-yet", status="draft")
    assert staff("view_article", is_staff=False).get("/articles/not-yet/preview/").status_code == 404
