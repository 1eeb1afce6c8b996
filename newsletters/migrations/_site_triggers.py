"""Part of the migrations, which must always do the same."""

from __future__ import annotations

from typing import Any


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    """On the way back: nothing could be written, and on SQLite no table altered, while they name a table that is gone."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS newsletters_note_site_change() CASCADE")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%newsletters_sitechange%'")
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        schema_editor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
