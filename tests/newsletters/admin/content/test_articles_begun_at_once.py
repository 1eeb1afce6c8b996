"""One page, two requests at the same moment, one article."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier, local
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client

from newsletters.articles import revisions
from newsletters.models import Article, ArticleRevision
from tests.factories import make_article
from tests.newsletters.admin.content.test_articles import ADD


@pytest.mark.postgres_only  # SQLite lets one in at a time
@pytest.mark.django_db(transaction=True)
def test_two_requests_of_a_new_article_make_one_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    root = User.objects.create_superuser("root")
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(root)
    looked, together, find = local(), Barrier(2, timeout=30), revisions.begun_in

    def look(model: type[Article], window: str) -> Article | None:
        found: Article | None = find(model, window)
        if not hasattr(looked, "once"):  # both have looked before either has begun
            looked.once = True
            together.wait()
        return found

    monkeypatch.setattr(revisions, "begun_in", look)

    def send(client: Client) -> dict[str, Any]:
        try:
            fields = {"title": "Rivers rise", "summary": "", "body": "", "slug": "", "window": "w1"}
            answer = client.post(ADD, fields, headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.content
            said: dict[str, Any] = answer.json()
            return said
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, clients)
    article = Article.objects.get()
    assert first["address"] == second["address"] == f"/admin/newsletters/article/{article.pk}/change/"
    assert article.title == "Rivers rise"
    assert article.slug == "rivers-rise"


@pytest.mark.django_db
def test_the_database_keeps_a_page_from_beginning_two_articles() -> None:
    def begin(window: str) -> Article:
        article = make_article()
        revisions.store_revision(article, [], is_applied=True, window=window, by="", user=None)
        return article

    begin("")
    begin("")  # kept by no page
    first = begin("w1")
    with pytest.raises(IntegrityError), transaction.atomic():
        begin("w1")
    assert revisions.begun_in(Article, "w1") == first


@pytest.mark.django_db(transaction=True)  # SQLite changes no table within a transaction
def test_drafts_that_were_begun_twice_before_both_stay() -> None:
    with connection.schema_editor() as editor:
        constraint = next(c for c in ArticleRevision._meta.constraints if c.name == "one_article_a_window")
        editor.remove_constraint(ArticleRevision, constraint)
    pks = [
        ArticleRevision.objects.create(
            article=make_article(), number=1, fields=[], written_revision=0, is_applied=True, window=window
        ).pk
        for window in ("w1", "w1", "w2", "")
    ]
    migration = import_module("newsletters.migrations.0050_windows_that_began_two_articles")
    with connection.schema_editor() as editor:
        migration.let_go(apps, editor)
        editor.add_constraint(ArticleRevision, constraint)
    kept = dict(ArticleRevision.objects.filter(pk__in=pks).values_list("pk", "window"))
    assert [kept[pk] for pk in pks] == ["w1", "", "w2", ""]
