"""No change that a public page shows is missed by the version of the site, by whatever way it is written."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models.signals import post_migrate
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from newsletters.models import (
    Article,
    ArticleAuthor,
    Author,
    Comment,
    Edition,
    Institute,
    Newsletter,
    Picture,
    SiteChange,
)
from newsletters.site.change_triggers import SHOWN
from newsletters.site.version import MOST_NOTED, read_version
from subscribers.models import MailingList, Topic
from tests.factories import (
    make_article,
    make_comment,
    make_list,
    make_newsletter,
    make_page,
    make_subscriber,
    make_topic,
)
from tests.factories import make_edition as make_draft
from tests.newsletters.site.test_editions import make_edition
from tests.newsletters.site.test_pages import furnish

pytestmark = pytest.mark.django_db

PAGES = (
    "/", "/articles/who-may-pass/", "/articles/who-may-pass/comments/", "/topics/us/", "/authors/iria-desk/",
    "/archive/", "/archive/iria-news-1/", "/subscribe/", "/subscribe/embed/", "/feed/", "/feed/atom/",
    "/topics/us/feed/", "/topics/us/feed/atom/", "/sitemap.xml", "/sitemap-pages.xml",
    "/sitemap-articles-0.xml", "/sitemap-editions-0.xml", "/ar/", "/ar/articles/who-may-pass/", "/ar/archive/",
    "/privacy/", "/ar/privacy/",
)  # fmt: skip
HIDDEN = re.compile(rb'<input[^>]*type="hidden"[^>]*>')
Change = Callable[[], object]


@pytest.fixture
def site() -> Article:
    article = furnish()
    make_comment(article, parent=make_comment(article))
    make_comment(article, state=Comment.State.HELD)
    make_article(title="A draft", status=Article.Status.DRAFT)
    make_edition()
    make_list(name="A second list")
    make_page()
    make_page(kind="imprint", title="Imprint", status="draft")
    return article


@pytest.fixture
def before(client: Client, site: Article) -> dict[str, bytes]:
    return pages(client)


def new_transaction() -> None:
    """The whole test is one transaction, and on PostgreSQL that notes one change only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('iria.site_change', '', true)")


def pages(client: Client) -> dict[str, bytes]:
    """What each page says; that it says nothing any more counts as well."""
    found = {}
    for path in PAGES:
        try:
            answer = client.get(path)
            found[path] = b"%d %s" % (answer.status_code, HIDDEN.sub(b"", answer.content))
        except Exception as error:  # noqa: BLE001 - rows that only SQL can write may be more than a page can bear
            found[path] = repr(type(error)).encode()
    return found


def test_the_pages_are_there(client: Client, site: Article) -> None:
    assert {path: said[:3] for path, said in pages(client).items()} == dict.fromkeys(PAGES, b"200")


def test_every_table_that_a_page_reads_is_watched(client: Client, site: Article) -> None:
    with CaptureQueriesContext(connection) as captured:
        pages(client)
    queries = " ".join(query["sql"] for query in captured)
    read = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', queries))
    assert len(read) > 8
    assert read - {table.name for table in SHOWN} == {"subscribers_subscription"}  # how many, in round numbers


def values_for(field: models.Field[Any, Any]) -> st.SearchStrategy[Any]:
    found: st.SearchStrategy[Any] = st.nothing()
    match field:
        case models.ForeignKey():
            keys = field.remote_field.model._base_manager.values_list("pk", flat=True)
            found = st.sampled_from(list(keys) or [None])
        case models.BooleanField():
            found = st.booleans()
        case models.DateTimeField():
            found = st.integers(-400, 400).map(lambda days: datetime.now(UTC) + timedelta(days=days))
        case models.JSONField():
            found = st.just([])
        case models.CharField() if field.choices:
            found = st.sampled_from([value for value, _label in field.flatchoices])
        case models.CharField() | models.TextField():
            found = st.text("abc xyz-", min_size=1, max_size=min(field.max_length or 30, 30))
        case models.IntegerField():
            found = st.integers(0, 50)
    return found


MODELS = [
    model for label in ("newsletters", "subscribers", "mail") for model in apps.get_app_config(label).get_models(True)
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_written_a_page_that_changes_raises_the_version(
    client: Client, before: dict[str, bytes], data: st.DataObject
) -> None:
    """Any column of any row of any table, or the row itself, written past all of our code."""
    model = data.draw(st.sampled_from([each for each in MODELS if each._base_manager.exists()]))
    row = data.draw(st.sampled_from(list(model._base_manager.values_list("pk", flat=True)[:5])))
    rows = model._base_manager.filter(pk=row)
    fields = [each for each in model._meta.concrete_fields if not each.primary_key and not values_for(each).is_empty]
    field = data.draw(st.sampled_from([None, *fields]))
    version = read_version()
    undo = transaction.savepoint()
    try:
        new_transaction()
        try:
            with transaction.atomic():
                if field is None:
                    rows._raw_delete("default")
                else:
                    rows.update(**{field.attname: data.draw(values_for(field))})
        except DatabaseError:
            assume(False)
        if read_version() == version:
            assert pages(client) == before, f"{model._meta.label}.{field}"
    finally:
        transaction.savepoint_rollback(undo)


def test_every_column_of_an_edition_that_shows_is_watched(client: Client, before: dict[str, bytes]) -> None:
    """Its other columns change while it is sent, so it is watched by columns. All that aren't are changed at once."""
    sent = Edition.objects.filter(status="sent")
    version = read_version()
    unwatched, untouched = [], transaction.savepoint()
    for field in Edition._meta.concrete_fields:
        value: Any = {
            models.JSONField: [], models.BooleanField: not getattr(sent.first(), field.attname),
            models.DateTimeField: datetime(2020, 1, 1, tzinfo=UTC),
        }.get(type(field), "paused" if field.name == "status" else 7)  # fmt: skip
        undo = transaction.savepoint()
        new_transaction()
        with contextlib.suppress(DatabaseError), transaction.atomic():
            assert sent.update(**{field.attname: value}) or field.primary_key
        if read_version() == version:
            transaction.savepoint_commit(undo)
            unwatched.append(field.name)
        else:
            transaction.savepoint_rollback(undo)
    assert {"candidates", "trouble", "updated_at"} <= set(unwatched)
    assert {"slug", "status", "queued_at"}.isdisjoint(unwatched)
    assert pages(client) == before, unwatched
    transaction.savepoint_rollback(untouched)


def shown_changes(article: Article) -> dict[str, Change]:
    topic, author = Topic.objects.first(), Author.objects.first()
    assert topic and author
    return {
        "an article is corrected": lambda: Article.objects.filter(pk=article.pk).update(title="Corrected"),
        "an article is saved": article.save,
        "an article is withdrawn": lambda: Article.objects.filter(pk=article.pk).update(status="draft"),
        "drafts are published": lambda: Article.objects.filter(status="draft").update(
            status="published", published_at=datetime.now(UTC)
        ),
        "an article is deleted": article.delete,
        "articles come in bulk": lambda: Article.objects.bulk_create(
            [Article(title="One", slug="one", status="published", published_at=datetime.now(UTC))]
        ),
        "a topic is added": lambda: article.topics.add(make_topic(name="Africa")),
        "topics are taken away": article.topics.clear,
        "a by-line is added": lambda: ArticleAuthor.objects.create(
            article=article, author=Author.objects.create(name="New", slug="new")
        ),
        "an author is renamed": lambda: Author.objects.update(about="Writes."),
        "a picture gets its words": lambda: Picture.objects.update(alt="Described"),
        "a comment is approved": lambda: Comment.objects.filter(state="held").update(state="approved"),
        "a comment is taken back": lambda: Comment.objects.filter(state="approved").update(state="spam"),
        "a topic is renamed": lambda: Topic.objects.filter(pk=topic.pk).update(name="Renamed"),
        "the institute": lambda: Institute.objects.update(tagline="New"),
        "an edition is paused": lambda: Edition.objects.update(status="paused"),
        "an edition is cancelled": lambda: Edition.objects.update(status="cancelled"),
        "a newsletter": lambda: Newsletter.objects.update(name="New"),
        "a list is no longer offered": lambda: MailingList.objects.update(is_public=False),
        "a list has other topics": lambda: MailingList.objects.get(slug="a-second-list").topics.add(topic),
    }


def test_each_kind_of_change_that_shows_raises_the_version(site: Article) -> None:
    missed = []
    version = read_version()
    for name in shown_changes(site):
        undo = transaction.savepoint()
        new_transaction()
        shown_changes(Article.objects.get(pk=site.pk))[name]()
        if read_version() == version:
            missed.append(name)
        transaction.savepoint_rollback(undo)
        assert read_version() == version
    assert not missed


def test_what_nobody_sees_raises_nothing(site: Article) -> None:
    """Writing and sending go on beside a click storm; they must not make every page anew each second."""
    newsletter = make_newsletter(make_list())
    version = read_version()
    new_transaction()
    version = read_version()
    Article.objects.filter(status="draft").update(title="Still a draft")
    make_subscriber()
    make_comment(site, state=Comment.State.HELD)
    Edition.objects.update(candidates=7, trouble="The mail server is slow", updated_at=datetime.now(UTC))
    assert read_version() == version
    make_draft(newsletter)  # a new edition: rare enough
    assert read_version() != version


def test_what_time_alone_brings_raises_the_version() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Institute.objects.create(comments_days=3)
    make_article(published_at=start - timedelta(days=3) + timedelta(minutes=1))
    make_article(published_at=start + timedelta(minutes=5))
    versions = []
    for minutes in (0, 0.5, 2, 4, 5.01, 6):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            versions.append(read_version())
    assert versions[0] == versions[1] != versions[2] == versions[3] != versions[4] == versions[5]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_raises_nothing() -> None:
    make_topic(name="Before")
    version = read_version()
    with transaction.atomic():
        make_topic(name="Never")
        assert read_version() != version
        transaction.set_rollback(True)
    assert read_version() == version


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_whoever_commits_last_raises_the_version_though_it_began_first() -> None:
    make_topic(name="Before")
    late = connection.copy()
    try:
        late.set_autocommit(False)
        with late.cursor() as cursor:
            cursor.execute("UPDATE subscribers_topic SET description = 'late'")
            make_topic(name="Meanwhile")
            version = read_version()
            late.commit()
        assert read_version() != version
    finally:
        late.close()


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_transaction_notes_one_change_and_old_ones_are_forgotten() -> None:
    noted = SiteChange.objects.count()
    with transaction.atomic():
        for name in ("A", "B", "C"):
            make_topic(name=name)
    assert SiteChange.objects.count() == noted + 1
    SiteChange.objects.bulk_create([SiteChange() for _ in range(MOST_NOTED)])
    before = read_version()
    assert SiteChange.objects.count() < MOST_NOTED
    make_topic(name="D")
    assert read_version() != before


def test_the_triggers_come_back_after_a_migration_that_rebuilt_a_table(site: Article) -> None:
    with connection.cursor() as cursor:
        on = " ON newsletters_institute" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER newsletters_institute_shows_update{on}")
    config = apps.get_app_config("newsletters")
    post_migrate.send(sender=config, app_config=config, verbosity=0, interactive=False, using="default", plan=[])
    version = read_version()
    new_transaction()
    Institute.objects.update(tagline="New")
    assert read_version() != version
