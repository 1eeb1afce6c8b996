"""An empty database gets its tables in one step an app; every older one goes on from where it is, and ends the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from iria.runner.prepare import bring_up_to_date
from newsletters.models import ArticleText, Delivery, Edition, EditionItem, RateLimit
from newsletters.rendering.content import digest_of_json
from subscribers.models import MailingList
from tests.migrating import (
    OURS,
    empty_the_database,
    migrate_to_newest,
    migrate_to_nothing,
    parts_of_the_schema,
    the_long_way,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
Names = list[tuple[str, str]]
# Where an installation may have stopped: before most of it, before the outbox moved, with names that are no more, and
# one step before the newest. Each database goes on from every other one: what a migration makes of a schema is compared
# on both, and this is about the order.
TAILS: list[Names] = [
    [("newsletters", "0001_initial")],
    [("subscribers", "0007_indexes_for_searches")],
    [("subscribers", "0007_indexes_for_searches"), ("newsletters", "0010_a_key_once_an_edition")],
    [("mail", "0001_messages"), ("newsletters", "0024_snapshots_of_articles_alone_get_blocks")],
    [("subscribers", "0016_index_sign_ups_never_confirmed"), ("newsletters", "0031_plain_words_for_labels")],
    [("mail", "0004_mailbox_of_a_message"), ("newsletters", "0034_second_person_belongs_to_the_list")],
]


@pytest.fixture
def _newest_again() -> Iterator[None]:
    yield
    migrate_to_newest()


def long_plan() -> Names:
    """Every migration, Django's among them, in an order in which they may be applied."""
    executor = the_long_way()
    leaves = executor.loader.graph.leaf_nodes()
    return [(each.app_label, each.name) for each, _ in executor.migration_plan(leaves, clean_start=True)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
def test_one_step_makes_the_schema_and_triggers_that_the_long_way_makes() -> None:
    migrate_to_nothing()
    assert not any(app in str(part) for part in parts_of_the_schema() for app in ("newsletters_", "subscribers_"))
    migrate_to_newest()
    made_in_one_step = parts_of_the_schema()
    empty_the_database()
    migrate_to_newest(the_long_way())
    assert parts_of_the_schema() == made_in_one_step
    assert any("newsletters_article_shows_update" in str(part) for part in made_in_one_step)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
@pytest.mark.parametrize(
    "tail", TAILS[connection.vendor == "postgresql" :: 2],
    ids=lambda tail: "+".join(f"{app[0]}{name[:4]}" for app, name in tail),
)  # fmt: skip
def test_an_installation_that_stopped_anywhere_gets_the_newest_schema(tail: Names) -> None:
    newest = parts_of_the_schema()
    empty_the_database()
    the_long_way().migrate(tail)
    assert parts_of_the_schema() != newest
    call_command("migrate", verbosity=0)
    assert parts_of_the_schema() == newest


@pytest.mark.django_db
@pytest.mark.either_database
def test_from_wherever_it_stopped_each_app_goes_on_or_takes_the_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every state between nothing and the newest, in the order in which `migrate` makes them."""
    plan = long_plan()
    steps = {app: name for app, name in MigrationExecutor(connection).loader.replacements if app in OURS}
    assert set(steps) == set(OURS)
    for stopped in range(len(plan) + 1):
        applied = plan[:stopped]
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self, rows=applied: dict.fromkeys(rows))
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        planned = [
            (each.app_label, each.name) for each, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())
        ]
        untouched = set(OURS) - {app for app, _ in applied}
        behind = [(app, name) for app, name in plan[stopped:] if app not in untouched]
        assert [each for each in planned if each[0] not in untouched] == behind
        newer = {(app, name) for app, name in plan if app in untouched} - replaced_by(executor, untouched)
        assert {each for each in planned if each[0] in untouched} == newer | {(app, steps[app]) for app in untouched}


@pytest.mark.django_db
@pytest.mark.either_database
def test_who_went_the_long_way_has_taken_the_one_step_too() -> None:
    """Else the one step would be asked of them when the long way is deleted."""
    steps = [name for name in MigrationExecutor(connection).loader.replacements if name[0] in OURS]
    recorder = MigrationRecorder(connection)
    for app, name in steps:
        recorder.record_unapplied(app, name)
    assert not set(steps) & set(recorder.applied_migrations())
    bring_up_to_date()
    assert set(steps) <= set(recorder.applied_migrations())


def replaced_by(executor: MigrationExecutor, labels: set[str]) -> set[tuple[str, str]]:
    replacing = (each for (app, _), each in executor.loader.replacements.items() if app in labels)
    return set(itertools.chain.from_iterable(each.replaces for each in replacing))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
def test_rows_of_the_first_versions_become_what_they_are_today() -> None:
    empty_the_database()
    lay_first_rows(the_long_way().migrate([("newsletters", "0004_inspections_and_overrides")]).apps)
    later = the_long_way().migrate([("newsletters", "0032_plain_words_for_undo_and_email_service")]).apps
    later.get_model("newsletters", "Newsletter").objects.update(needs_approval=True)
    call_command("migrate", verbosity=0)
    edition = Edition.objects.get()
    snapshot: dict[str, Any] = edition.snapshot or {}
    assert snapshot["blocks"] == [{"kind": "article", "article": {"id": 1}}]
    assert "articles" not in snapshot
    assert edition.content_hash == digest_of_json(snapshot)
    assert edition.lifetime_hours == 30
    item = EditionItem.objects.get()
    assert (item.kind, item.key) == ("article", f"a{item.pk}")
    assert [each.reason for each in Delivery.objects.all()] == ["throttled"]
    assert ArticleText.objects.get().title == "Grain prices"
    assert [(each.domain, each.per_second) for each in RateLimit.objects.all()] == [("gmail.com", 5.0)]
    assert MailingList.objects.get().needs_approval
    codes = Permission.objects.filter(group__name="Postmasters").values_list("codename", flat=True)
    assert list(codes) == ["change_ratelimit"]


def lay_first_rows(old: Any) -> None:
    def make(app: str, model: str, **values: Any) -> Any:
        return old.get_model(app, model).objects.create(**values)

    mailing_list = make("subscribers", "MailingList", name="News", slug="news")
    newsletter = make(
        "newsletters", "Newsletter", name="News", slug="news", from_name="News", from_email="news@iria.example",
        postal_address="Beirut", mailing_list=mailing_list,
    )  # fmt: skip
    article = make("newsletters", "Article", title="Grain prices", slug="grain", body="<p>Dear</p>", published_at=AT)
    edition = make(
        "newsletters", "Edition", newsletter=newsletter, number=1, slug="news-1", status="sent", content_hash="old",
        snapshot={"articles": [{"id": 1}], "lifetime_hours": 30},
    )  # fmt: skip
    make("newsletters", "EditionItem", edition=edition, article=article)
    chunk = make("newsletters", "Chunk", edition=edition, wave=AT, seq=0, members=b"", n=1)
    make(
        "newsletters", "Delivery", edition=edition, chunk=chunk, subscriber_id=1, fence=0, variant=0, outcome="skipped",
        reason="paced", settled_at=AT,
    )  # fmt: skip
    make("newsletters", "Pace", domain="gmail.com", per_second=5.0)
    of_paces = ContentType.objects.get_or_create(app_label="newsletters", model="pace")[0]
    may_change = Permission.objects.get_or_create(
        content_type=of_paces, codename="change_pace", defaults={"name": "old"}
    )
    Group.objects.create(name="Postmasters").permissions.add(may_change[0])
