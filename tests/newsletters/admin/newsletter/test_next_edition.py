"""What the next edition would hold, shown before there is one; and the article that is pinned to lead it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.models import Edition, Newsletter
from tests.factories import make_article, make_list, make_newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    return make_newsletter(make_list(), at_most=2, at_least=4)


def test_the_next_edition_is_shown_an_article_pinned_and_nothing_else_saved(
    editor: Client, newsletter: Newsletter
) -> None:
    old, *_others = (make_article(title=title, summary=f"Of {title}.") for title in ("Oldest", "Middle", "Newest"))
    page = reverse("admin:newsletters_newsletter_next", args=[newsletter.pk])
    email = reverse("admin:newsletters_newsletter_next_email", args=[newsletter.pk])
    said = editor.get(page).content.decode()
    assert f"{newsletter.name}: Newest" in said
    assert "Of Newest." in said
    assert "3 articles are new and 4 are needed, so a date would be skipped." in said
    assert "Oldest" not in editor.get(email).content.decode()

    said = editor.post(page, {"pin": old.pk}, follow=True).content.decode()
    assert f"“Oldest” leads the next edition of {newsletter.name}." in said
    assert f"{newsletter.name}: Oldest" in said
    shown = editor.get(email)
    assert shown.content.index(b"Oldest") < shown.content.index(b"Newest")
    assert b"Middle" not in shown.content
    assert "sandbox" in shown["Content-Security-Policy"]

    editor.post(page, {"unpin": "1"})
    newsletter.refresh_from_db()
    assert newsletter.pinned_article is None
    assert not Edition.objects.exists()


def test_what_is_not_new_is_not_pinned(editor: Client, newsletter: Newsletter) -> None:
    draft = make_article(status="draft")
    page = reverse("admin:newsletters_newsletter_next", args=[newsletter.pk])
    for pin in (str(draft.pk), "x", ""):
        assert "isn&#x27;t new any more" in editor.post(page, {"pin": pin}, follow=True).content.decode()
    newsletter.refresh_from_db()
    assert newsletter.pinned_article is None
