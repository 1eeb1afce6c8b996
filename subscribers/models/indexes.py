"""Indexes that the two databases need said differently: for “begins with, whatever the capitals”, as Django's
`istartswith` asks it, and for the domain of an address."""

from __future__ import annotations

from typing import Any, cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import CharField, Field, Func, Index, Model
from django.db.models.sql.compiler import SQLCompiler


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


class AddressDomain(Func):
    """What follows the @ of an address. The index and the questions say it in the same words, without parameters: else
    neither database takes the one for the other."""

    output_field = CharField()
    template = "SUBSTR(%(expressions)s, INSTR(%(expressions)s, '@') + 1)"
    arity = 1

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        sql, params = self.as_sql(compiler, connection, template="SPLIT_PART(%(expressions)s, '@', 2)", **context)
        return sql, list(params)
