"""Schemas of before, the way from there to the newest, and what a schema is made of, for tests of migrations.

An empty database takes one step an app (`0001_squashed_…`); one that has some of an app's migrations goes the long way,
which tests take on purpose. Going back takes along every app that depends on it.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from newsletters.site.change_triggers import install_triggers

OURS = ("newsletters", "subscribers", "mail")


def the_long_way() -> MigrationExecutor:
    """Every migration as it was written, none in place of others."""
    executor = MigrationExecutor(connection)
    loader = MigrationLoader(connection, replace_migrations=False)
    for name, migration in loader.replacements.items():
        loader.graph.remove_replacement_node(name, migration.replaces)
        loader.applied_migrations.pop(name, None)
    executor.loader = loader
    return executor


def schema_of(*migrations: tuple[str, str]) -> Any:
    """Nothing but the schema after these migrations; returns its models, as `apps.get_model` finds them. To go back
    from the newest would take ten times as long."""
    empty_the_database()
    return the_long_way().migrate(list(migrations)).apps


def migrate_to_nothing() -> None:
    """Back until none of our tables is left."""
    MigrationExecutor(connection).migrate([(app, None) for app in OURS])


def empty_the_database() -> None:
    """The same without the way back, which takes as long as the way there."""
    with connection.cursor() as cursor, connection.constraint_checks_disabled():
        # In this order a table of SQLite's search goes before those that it is made of, which go with it.
        for table in sorted(connection.introspection.table_names(cursor)):
            if table.partition("_")[0] in OURS:
                cursor.execute(connection.schema_editor().sql_delete_table % {"table": f'IF EXISTS "{table}"'})
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS newsletters_note_site_change")
    MigrationRecorder(connection).migration_qs.filter(app__in=OURS).delete()


def migrate_to_newest(executor: MigrationExecutor | None = None) -> None:
    """Every app, as `migrate` does it unless told otherwise, with what that does afterwards to the schema."""
    executor = executor or MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    install_triggers()


# --- What a schema is made of ---------------------------------------------------------------------------------
_POSTGRES = {
    "column": "SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,"
    " attgenerated, pg_get_expr(adbin, adrelid) FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped",
    "constraint": "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequence": "SELECT sequencename, data_type, start_value, increment_by FROM pg_sequences"
    " WHERE schemaname = 'public'",
}
# When a table or a column is renamed, PostgreSQL keeps the names that were made of its name. Nothing uses them.
_MADE_OF_OLD_NAMES = {
    "newsletters_pace_domain_c8e3f182_like": "newsletters_ratelimit_domain_8e347067_like",
    "newsletters_pace_": "newsletters_ratelimit_",
    "_call_back_seconds_": "_undo_send_seconds_",
    "newsletters_articlerevision_article_revision_check": "newsletters_articlerevision_written_revision_check",
}


def parts_of_the_schema() -> list[tuple[str, ...]]:
    """Each column, constraint, index, trigger, function and sequence, as the database describes it; the order of
    columns apart, which every statement of ours names."""
    found: list[tuple[str, ...]] = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for kind, query in _POSTGRES.items():
                cursor.execute(query)
                found += [(kind, *map(_by_newest_name, row)) for row in cursor.fetchall()]
        else:
            cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
            for kind, name, table, sql in cursor.fetchall():
                parts = _columns_and_constraints(sql) if kind == "table" else [sql]
                found += [(kind, name, table, part) for part in parts]
    return sorted(found)


def _by_newest_name(value: object) -> str:
    text = str(value)
    for old, new in _MADE_OF_OLD_NAMES.items():
        text = text.replace(old, new)
    return text


def _columns_and_constraints(create_table: str) -> list[str]:
    """What stands between the commas of the outer parentheses."""
    head, _, body = create_table.partition("(")
    parts, depth = [""], 0
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [head, *(part.strip() for part in parts[:-1]), parts[-1].strip().removesuffix(")")]
