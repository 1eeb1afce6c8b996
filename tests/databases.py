"""The test database of each process of a run: how it gets its tables, and how it is emptied.

The first process that needs one makes all tables, which takes the processor ten seconds; the others get a copy. A test
whose transactions are real leaves an empty database behind, but for what every `migrate` writes: that is kept and
written again, since to have it made anew, triggers included, took a third of a second for each of three hundred tests.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import setup_databases

from tests.shared_folder import one_at_a_time, shared_folder

TEMPLATE = "test_iria_template"  # in the PostgreSQL server of the run
Made = list[tuple[Any, str, bool]]  # what Django's `teardown_databases` wants to know
# What is written after each migration, in an order in which it can be inserted: table → its columns and rows.
_AFTER_MIGRATIONS = [each._meta.db_table for each in (ContentType, Permission, Group, Group.permissions.through)]
_kept: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}


def create_test_database() -> Made:
    made = _created()
    with connection.cursor() as cursor:
        for table in _AFTER_MIGRATIONS:
            cursor.execute(f"SELECT * FROM {table}")
            _kept[table] = [column[0] for column in cursor.description], cursor.fetchall()
    return made


def empty(_test: object) -> None:
    """In place of Django's end of a test with real transactions (`TransactionTestCase._fixture_teardown`)."""
    call_command(
        "flush", verbosity=0, interactive=False, reset_sequences=False, allow_cascade=False, inhibit_post_migrate=True
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in _kept.items():
            row = f"({', '.join(['%s'] * len(columns))})"
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(rows))}",
                [value for values in rows for value in values],
            )
    ContentType.objects.clear_cache()


def _created() -> Made:
    shared = shared_folder()
    if shared is None:
        return _with_every_migration()
    template = shared / "template.sqlite3"
    with one_at_a_time(shared, "database"):
        if not template.exists():
            made = _with_every_migration()
            _keep_a_copy(template)
            return made
    return _copied(template)


def forget_template() -> None:
    """At the end of a run: a server that was there before it keeps nothing of it."""
    shared, url = shared_folder(), os.environ.get("TEST_DATABASE_URL")
    if shared and url and (shared / "template.sqlite3").exists():
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')


def _with_every_migration() -> Made:
    made: Made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    return made


def _keep_a_copy(template: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    connection.close()  # SQLite writes everything into the one file then, and PostgreSQL copies nothing that is in use
    if connection.vendor == "sqlite":
        shutil.copy(name, template)
        return
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')
        server.execute(f'CREATE DATABASE "{TEMPLATE}" TEMPLATE "{name}"')
    template.touch()  # says to the others that it is there


def _copied(template: Path) -> Made:
    """As Django's `create_test_db`, without looking for migrations."""
    creation: Any = connection.creation  # its types leave out what the two databases have of their own
    before = connection.settings_dict["NAME"]
    name = creation._get_test_db_name()
    if connection.vendor == "sqlite":
        shutil.copy(template, name)
    else:
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE
        creation._create_test_db(verbosity=0, autoclobber=True)
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    return [(connection, before, True)]
