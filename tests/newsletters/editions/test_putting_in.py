"""From an article into an edition: the newest draft or a new one, with a subject, and never twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters.editions import editing
from newsletters.editions.putting_in import put_into_draft
from newsletters.editions.transitions import Conflict
from newsletters.models import Article, Edition, Newsletter
from subscribers.models import Topic
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db


def articles_of(edition: Edition) -> list[int | None]:
    return list(edition.items.values_list("article", flat=True))


def test_a_new_draft_has_the_article_alone_and_a_subject() -> None:
    newsletter = make_newsletter(make_list(), subject_template="")
    make_article(title="Not asked for")
    article = make_article(title="Asked for")
    edition = put_into_draft(article, newsletter, by=None)
    assert articles_of(edition) == [article.pk]
    assert edition.subject == "{{ lead }}"


def test_the_newest_draft_takes_it_behind_what_is_there_and_once() -> None:
    newsletter = make_newsletter(make_list())
    first, second = make_article(), make_article()
    make_edition(newsletter, articles=[first], subject="Older")
    draft = make_edition(newsletter, articles=[first], subject="Ours")
    for _twice in range(2):
        edition = put_into_draft(second, newsletter, by=None)
        assert edition.pk == draft.pk
        assert articles_of(edition) == [first.pk, second.pk]
        assert edition.subject == "Ours"


def test_what_is_on_its_way_is_left_alone() -> None:
    newsletter = make_newsletter(make_list())
    make_reader(newsletter.mailing_list)
    sent = queue(make_edition(newsletter, articles=[make_article()]))
    edition = put_into_draft(make_article(), newsletter, by=None)
    assert edition.pk != sent.pk
    assert edition.status == Edition.Status.DRAFT


@pytest.fixture
def publisher() -> Client:
    User.objects.create_superuser("chief", "chief@iria.example", "pw")
    client = Client()
    assert client.login(username="chief", password="pw")
    return client


def press(publisher: Client, **changes: Any) -> Any:
    topic = Topic.objects.create(name="Water", slug="water")
    return publisher.post(
        "/admin/newsletters/article/add/",
        {
            "title": "Rivers rise", "slug": "", "summary": "They rise.", "body": "<p>They rise.</p>",
            "topics": [topic.pk], "status": "draft", "published_at_0": "", "published_at_1": "", "lead_picture": "",
            "lead_picture_alt": "", "lead_picture_caption": "", "lead_picture_credit": "",
            "articleauthor_set-TOTAL_FORMS": "0", "articleauthor_set-INITIAL_FORMS": "0", "_edition": "1",
        } | changes,
    )  # fmt: skip


def test_one_button_publishes_and_leads_to_the_composer(publisher: Client) -> None:
    make_newsletter(make_list())
    answer = press(publisher)
    edition = Edition.objects.get()
    assert answer["Location"] == f"/admin/newsletters/edition/{edition.pk}/change/"
    article = Article.objects.get()
    assert article.is_public
    assert articles_of(edition) == [article.pk]


def test_of_several_newsletters_one_is_chosen(publisher: Client) -> None:
    mailing_list = make_list()
    daily, weekly = make_newsletter(mailing_list), make_newsletter(mailing_list)
    answer = press(publisher)
    article = Article.objects.get()
    assert answer["Location"] == f"/admin/newsletters/article/{article.pk}/publishing/#edition"
    page = publisher.get(answer["Location"]).content.decode()
    assert f"Put it into {daily.name}" in page
    publisher.post(
        f"/admin/newsletters/article/{article.pk}/publishing/", {"action": "put_in", "newsletter": weekly.pk}
    )
    assert Edition.objects.get().newsletter == weekly


def test_without_a_newsletter_the_article_is_saved_and_it_is_said(publisher: Client) -> None:
    page = publisher.get(press(publisher)["Location"]).content.decode()
    assert "There is no newsletter yet" in page
    assert Article.objects.get().is_public


def test_what_is_refused_is_said_and_the_article_stays_published(
    publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(edition_id: int, *_rest: Any, **_more: Any) -> None:
        Edition.objects.filter(pk=edition_id).update(subject="half done")
        raise Conflict("Someone else saved this edition while you were working on it.")

    make_edition(make_newsletter(make_list()), articles=[make_article()], subject="Ours")
    monkeypatch.setattr(editing, "save", refuse)
    for button in (press, press_put_in):
        answer = button(publisher)
        assert "Someone else saved this edition" in publisher.get(answer["Location"]).content.decode()
        assert Article.objects.get(title="Rivers rise").is_public
        assert Edition.objects.get().subject == "Ours"


def press_put_in(publisher: Client) -> Any:
    article, newsletter = Article.objects.get(title="Rivers rise"), Newsletter.objects.get()
    page = f"/admin/newsletters/article/{article.pk}/publishing/"
    return publisher.post(page, {"action": "put_in", "newsletter": newsletter.pk})


def test_a_save_of_the_draft_at_that_moment_is_waited_for() -> None:
    """The draft is read under its lock, so that what was saved just before it is in it."""
    newsletter = make_newsletter(make_list())
    make_edition(newsletter, articles=[make_article()])
    with CaptureQueriesContext(connection) as queries:
        put_into_draft(make_article(), newsletter, by=None)
    read = [query["sql"] for query in queries if 'FROM "newsletters_edition" ' in query["sql"]]
    assert ("FOR UPDATE" in read[0]) == connection.features.has_select_for_update


def test_what_is_wrong_with_the_form_is_said_as_ever(publisher: Client) -> None:
    make_newsletter(make_list())
    assert press(publisher, title="").status_code == 200
    assert not Article.objects.exists()
    assert not Edition.objects.exists()
