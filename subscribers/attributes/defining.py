"""Deleting an attribute: its values go with it, from everybody."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, JSONField, Value

from subscribers.models import Attribute, Subscriber

AT_ONCE = 20_000  # people an UPDATE, so that nobody else waits long for a row


class Without(Func):
    """A JSON object without one of its keys."""

    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **context)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_REMOVE", **context)


def delete_attribute(attribute: Attribute) -> None:
    """The definition first: from then on nothing writes a value that nobody would take away."""
    key = attribute.key
    attribute.delete()
    last = Subscriber.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for start in range(0, last + 1, AT_ONCE):
        with transaction.atomic():
            some = Subscriber.objects.filter(pk__gte=start, pk__lt=start + AT_ONCE, attributes__has_key=key)
            some.update(attributes=Without("attributes", Value(_path(key))))


def _path(key: str) -> str:
    return f'$."{key}"' if connection.vendor == "sqlite" else key
