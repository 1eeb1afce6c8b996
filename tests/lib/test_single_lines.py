"""No name, title or subject holds a line end, in any table and however it was saved."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.db.models.signals import pre_save
from django.test import Client

from lib.single_lines import OUR_APPS, single_lines
from newsletters.models import Article, Correction, Institute
from tests.factories import make_article, make_newsletter, make_topic
from tests.newsletters.admin.content.test_articles import ADD, typed

SHORT = [
    (model, name)
    for model in apps.get_models()
    if model._meta.app_label in OUR_APPS
    for name in single_lines(model)
]  # fmt: skip


@pytest.mark.parametrize(("model", "name"), SHORT, ids=lambda value: getattr(value, "__name__", value))
def test_every_short_text_is_one_line(model: type[models.Model], name: str) -> None:
    for end in ("\r\n", "\n", "\r", "\u2028", "\x85", "\t", "\x00"):
        row = model()
        setattr(row, name, f"Rivers{end}Bcc: a@b")
        pre_save.send(model, instance=row, raw=False, using="default", update_fields=None)
        assert getattr(row, name) == "Rivers Bcc: a@b", repr(end)


def test_what_ends_in_headers_titles_and_feeds_is_among_them() -> None:
    known = {f"{model.__name__}.{name}" for model, name in SHORT}
    assert known >= {
        "Article.title", "Author.name", "Edition.subject", "Edition.preheader", "EditionItem.headline",
        "Institute.name", "Institute.tagline",
        "MailingList.from_name", "MailingList.name", "Newsletter.from_name", "Newsletter.name",
        "Newsletter.subject_template", "Page.title", "Picture.alt", "Picture.credit", "Subscriber.name", "Topic.name",
        "User.first_name", "User.last_name", "User.username",
    }  # fmt: skip


@pytest.mark.django_db
def test_programs_cannot_store_a_line_end() -> None:
    institute = Institute.current()
    institute.name = "IRIA\r\nBcc: a@b"
    institute.save()
    user = User.objects.create(username="ada", first_name="Ada\nLovelace")
    newsletter = make_newsletter()
    newsletter.from_name = "News\rDesk"
    newsletter.save()
    for row, name, text in (
        (institute, "name", "IRIA Bcc: a@b"),
        (user, "first_name", "Ada Lovelace"),
        (newsletter, "from_name", "News Desk"),
    ):
        assert type(row)._default_manager.values_list(name, flat=True).get(pk=row.pk) == text


@pytest.mark.django_db
def test_an_article_saved_by_a_form_has_one_line_for_a_headline(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.post(ADD, typed(make_topic(), title="Rivers\r\nrise")).status_code == 302
    article = Article.objects.get()
    assert (article.title, article.slug) == ("Rivers rise", "rivers-rise")


@pytest.mark.django_db
def test_a_note_keeps_its_lines_and_spaces_stay_as_typed() -> None:
    correction = Correction.objects.create(article=make_article(title="One  two"), text="One.\nTwo.")
    correction.refresh_from_db()
    assert correction.text == "One.\nTwo."
    assert Article.objects.get().title == "One  two"
