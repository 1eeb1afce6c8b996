"""The schema of before and back again, for tests of migrations. Going back takes along every app that depends on it."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from newsletters.site.change_triggers import install_triggers


def migrate_back(app: str, migration: str) -> Any:
    """To the schema after this migration; returns its models, as `apps.get_model` finds them."""
    return MigrationExecutor(connection).migrate([(app, migration)]).apps


def migrate_to_newest() -> None:
    """Every app, with what `migrate` does afterwards to the schema."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    install_triggers()
