"""An index for “begins with, whatever the capitals”, as Django's `istartswith` asks it on each database."""

from __future__ import annotations

from typing import Any, cast

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Field, Index, Model


class BeginningIndex(Index):
    """Of one text column. PostgreSQL compares UPPER(column::text) by pattern, SQLite the column itself without case;
    neither uses an ordinary index for it."""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        (name,) = self.fields
        field = cast("Field[Any, Any]", model._meta.get_field(name))
        column = schema_editor.quote_name(str(field.column))
        postgres = schema_editor.connection.vendor == "postgresql"
        return Statement(
            "CREATE INDEX %(name)s ON %(table)s (%(by)s)",
            name=schema_editor.quote_name(self.name),
            table=Table(model._meta.db_table, schema_editor.quote_name),
            by=f"UPPER({column}::text) text_pattern_ops" if postgres else f"{column} COLLATE NOCASE",
        )
