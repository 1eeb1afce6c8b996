"""Queries of pages that are made often: Django's ORM writes their SQL once a process, not once a page.

Writing a query takes Django longer (0.3 to 1.3 ms) than the database takes to answer it. A prepared one is written as
any other, with `Parameter("name", field)` where a value of the page stands; then it is called with the values:

    NEWEST = PreparedQuery(lambda: Article.objects.published(Parameter("now", DateTimeField()))[:7])
    NEWEST(now=timezone.now())

The rows are what the queryset would give: objects, tuples of `values_list`, with related objects and annotations.
What `prefetch_related` names is a query of its own and isn't prepared.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Parameter(Expression):
    """One value, which the field brings into the form that the database takes."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]

    def bind(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Several(Parameter):
    """Any number of values, for `…__in`: so the SQL is the same however many they are."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]
        if connection.vendor == "postgresql":
            # A cast to varchar(50) would cut a longer value, and find what was not asked for.
            kind = "text" if isinstance(self.output_field, CharField) else self.output_field.cast_db_type(connection)
            return f"(SELECT unnest(%s::{kind}[]))", [self]
        return "(SELECT value FROM json_each(%s))", [self]

    def bind(self, values: dict[str, Iterable[Any]], connection: BaseDatabaseWrapper) -> Any:
        listed = list(values[self.name])
        return listed if connection.vendor == "postgresql" else json.dumps(listed)


class PreparedQuery(Generic[Row]):
    """`build` makes the queryset; it is called once, and must look at nothing that changes. Safe in threads."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._written: dict[str, _Written] = {}

    def __call__(self, *, using: str = DEFAULT_DB_ALIAS, **values: Any) -> list[Row]:
        written = self._written.get(using)
        if written is None:
            written = self._written[using] = _Written(self._build().using(using))
        return list(written.with_values(values))


class _Written:
    """A queryset with the SQL that its compiler wrote."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.queryset = queryset
        self.compiler: Any = queryset.query.get_compiler(queryset.db)
        self.sql, self.parameters = self.compiler.as_sql()
        self.compiler.connection = None  # it belongs to this thread; others have their own

    def with_values(self, values: dict[str, Any]) -> QuerySet[Any, Any]:
        """The queryset, to be evaluated once."""
        connection = connections[self.queryset.db]
        bound = tuple(
            [each.bind(values, connection) if isinstance(each, Parameter) else each for each in self.parameters]
        )
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_args, **_kwargs: (self.sql, bound)
        query = copy.copy(self.queryset.query)
        query.get_compiler = lambda *_args, **_kwargs: compiler  # type: ignore[method-assign]
        # Not a clone, which copies the query deeper than it has to be.
        fresh = self.queryset.__class__(self.queryset.model, query, self.queryset.db)
        for name in ("_fields", "_iterable_class", "_prefetch_related_lookups"):
            setattr(fresh, name, getattr(self.queryset, name))
        return fresh
