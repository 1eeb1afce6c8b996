"""The database itself notes when something changes that the public site shows.

Any write, by whatever way (a save, an update of many rows, the command line, SQL by hand), raises the version of the
site's pages in the same transaction: no code can forget to, and a process that dies after its commit has raised it.
Rows that the public doesn't see, such as drafts, raise nothing: writing and sending go on without making pages anew.

A page that shows a table which isn't listed here would be kept too long; tests/newsletters/site/test_version.py looks
which tables the pages read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_SHOWN_EDITION = (
    "status", "slug", "number", "digest", "snapshot", "content_hash", "queued_at", "frozen_at", "newsletter_id",
)  # fmt: skip


@dataclass(frozen=True)
class ShownTable:
    """A table that public pages read.

    `public` is a condition on a row, in SQL with `{row}` for it: others don't show. `columns` are those that show.
    """

    name: str
    public: str = ""
    columns: tuple[str, ...] = ()


SHOWN = (
    ShownTable("newsletters_article", public="{row}.status = 'published'"),
    ShownTable("newsletters_article_topics"),
    ShownTable("newsletters_articleauthor"),
    ShownTable("newsletters_author"),
    ShownTable("newsletters_correction"),
    ShownTable("newsletters_picture"),
    ShownTable("newsletters_institute"),
    ShownTable("newsletters_page", public="{row}.status = 'published'"),
    ShownTable("newsletters_comment", public="{row}.state = 'approved'"),
    ShownTable("newsletters_edition", columns=_SHOWN_EDITION),
    ShownTable("newsletters_reengagement", columns=("edition_id",)),
    ShownTable("newsletters_mendedlink"),
    ShownTable("newsletters_newsletter"),
    ShownTable("newsletters_listtext"),
    ShownTable("subscribers_mailinglist"),
    ShownTable("subscribers_mailinglist_topics"),
    ShownTable("subscribers_topic"),
)
_EVENTS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
# One row a transaction, however many rows it changes. A transaction that begins first may end last, so that its number
# comes after a higher one: the version is the highest number and how many there are.
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION newsletters_note_site_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('iria.site_change', true) IS DISTINCT FROM 'noted' THEN
        INSERT INTO newsletters_sitechange DEFAULT VALUES;
        PERFORM set_config('iria.site_change', 'noted', true);
    END IF;
    RETURN NULL;
END $$
"""
_SQLITE_BODY = "DELETE FROM newsletters_sitechange; INSERT INTO newsletters_sitechange (id) VALUES (NULL);"


def install_triggers(using: str = "default", **_: Any) -> None:
    """After a migration: each shown table that is there has the triggers of this program."""
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if "newsletters_sitechange" not in there:  # migrated back to before it
            return
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table in SHOWN:
            if table.name in there:
                # A transaction a table: it locks the table, and someone may be writing to another one meanwhile.
                with transaction.atomic(using):
                    for statement in _statements(connection, table):
                        cursor.execute(statement)


def _statements(connection: BaseDatabaseWrapper, table: ShownTable) -> Iterable[str]:
    postgres = connection.vendor == "postgresql"
    for event, rows in _EVENTS.items():
        name = f"{table.name}_shows_{event}"
        shows = _condition(table, event, rows, differs="IS DISTINCT FROM" if postgres else "IS NOT")
        if postgres:
            yield (
                f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table.name} FOR EACH ROW {shows}"
                " EXECUTE FUNCTION newsletters_note_site_change()"
            )
        else:
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table.name} {shows} BEGIN {_SQLITE_BODY} END"


def _condition(table: ShownTable, event: str, rows: tuple[str, ...], *, differs: str) -> str:
    conditions = []
    if table.public:
        conditions.append(" OR ".join(table.public.format(row=row) for row in rows))
    if table.columns and event == "update":
        conditions.append(" OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in table.columns))
    return f"WHEN ({' AND '.join(f'({each})' for each in conditions)})" if conditions else ""
