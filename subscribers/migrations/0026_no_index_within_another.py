"""Indexes that another one begins with, or that no query uses, are only written: an import of a million people spent a
third of PostgreSQL's time on these. Nothing is built anew but the small one of consent records whose person was erased.

Not in one transaction: to drop an index locks its table for readers, too, which must not last while all consent records
are read for the new one. If it stops at any point, run it again.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db import migrations, models

UNUSED = (("ConsentRecord", "address_hash"), ("ConsentRecord", "mailing_list"),
          ("Subscription", "subscriber"), ("Subscription", "mailing_list"))  # fmt: skip


def _indexes_of(editor: Any, table: str, column: str) -> list[str]:
    """Those that Django made because of the field: on PostgreSQL one more for LIKE when it is a text."""
    with editor.connection.cursor() as cursor:
        known = editor.connection.introspection.get_constraints(cursor, table)
    return sorted(
        name
        for name, each in known.items()
        if each["index"] and not each["unique"] and each["columns"] == [column] and name.startswith(f"{table}_{column}")
    )


def drop(apps: Any, editor: Any) -> None:
    for model_name, field_name in UNUSED:
        model = apps.get_model("subscribers", model_name)
        table, column = model._meta.db_table, model._meta.get_field(field_name).column
        for name in _indexes_of(editor, table, column):
            editor.execute(f"DROP INDEX {editor.quote_name(name)}")


def make_again(apps: Any, editor: Any) -> None:
    for model_name, field_name in UNUSED:
        model = apps.get_model("subscribers", model_name)
        field = copy(model._meta.get_field(field_name))  # a clone would have forgotten what it points to
        field.db_index = True
        for statement in editor._field_indexes_sql(model, field):
            editor.execute(statement)


ERASED = models.Index(fields=["address_hash"], name="consents_of_nobody", condition=models.Q(subscriber__isnull=True))


def _has_index(editor: Any, table: str) -> bool:
    with editor.connection.cursor() as cursor:
        return ERASED.name in editor.connection.introspection.get_constraints(cursor, table)


def add(apps: Any, editor: Any) -> None:
    model = apps.get_model("subscribers", "ConsentRecord")
    if not _has_index(editor, model._meta.db_table):
        editor.add_index(model, ERASED)


def remove(apps: Any, editor: Any) -> None:
    model = apps.get_model("subscribers", "ConsentRecord")
    if _has_index(editor, model._meta.db_table):
        editor.remove_index(model, ERASED)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("subscribers", "0025_failures_of_imports")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, make_again, atomic=True)],
            state_operations=[
                migrations.AlterField("consentrecord", "address_hash", models.CharField(max_length=64)),
                migrations.AlterField(
                    "consentrecord",
                    "mailing_list",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.mailinglist",
                        verbose_name="mailing list",
                        db_index=False,
                    ),
                ),
                migrations.AlterField(
                    "subscription",
                    "subscriber",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="subscribers.subscriber",
                        db_index=False,
                    ),
                ),
                migrations.AlterField(
                    "subscription",
                    "mailing_list",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="subscribers.mailinglist",
                        verbose_name="mailing list",
                        db_index=False,
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove)],
            state_operations=[migrations.AddIndex("consentrecord", ERASED)],
        ),
    ]
