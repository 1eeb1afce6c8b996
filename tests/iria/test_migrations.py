"""An empty database gets its tables in one step an app; every older one goes on from where it is, and ends the same."""

from __future__ import annotations

import itertools

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from iria.runner.prepare import bring_up_to_date
from tests.iria.old_rows import OLD_ROWS, everyone_may_do_what_they_might
from tests.migrating import (
    OURS,
    empty_the_database,
    migrate_to_newest,
    migrate_to_nothing,
    parts_of_the_schema,
    the_long_way,
)

Names = list[tuple[str, str]]
# Where an installation may have stopped: before the outbox moved, with names that are no more.
STOPPED: Names = [("subscribers", "0007_indexes_for_searches"), ("newsletters", "0010_a_key_once_an_edition")]


def long_plan() -> Names:
    """Every migration, Django's among them, in an order in which they may be applied."""
    executor = the_long_way()
    leaves = executor.loader.graph.leaf_nodes()
    return [(each.app_label, each.name) for each, _ in executor.migration_plan(leaves, clean_start=True)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("newest_again")
def test_the_long_way_makes_what_one_step_makes_and_keeps_what_older_versions_wrote() -> None:
    migrate_to_nothing()
    assert not any(app in str(part) for part in parts_of_the_schema() for app in ("newsletters_", "subscribers_"))
    migrate_to_newest()
    made_in_one_step = parts_of_the_schema()
    empty_the_database()
    for old in OLD_ROWS:
        old.lay(the_long_way().migrate([old.stop]).apps)
    call_command("migrate", verbosity=0)
    assert parts_of_the_schema() == made_in_one_step
    assert any("newsletters_article_shows_update" in str(part) for part in made_in_one_step)
    for old in OLD_ROWS:
        old.check()
    everyone_may_do_what_they_might()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("newest_again")
@pytest.mark.either_database
def test_an_installation_that_stopped_on_the_way_gets_the_newest_schema() -> None:
    newest = parts_of_the_schema()
    empty_the_database()
    the_long_way().migrate(STOPPED)
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
