"""Editions that were sent or wait to be: the lifetime of their snapshot, in the new column."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def copy(apps: Any, schema_editor: Any) -> None:
    """An update for each lifetime that occurs, of which there are few."""
    editions = apps.get_model("newsletters", "Edition").objects.filter(snapshot__has_key="lifetime_hours")
    for hours in editions.order_by().values_list("snapshot__lifetime_hours", flat=True).distinct():
        editions.filter(snapshot__lifetime_hours=hours).update(lifetime_hours=hours)


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0027_lifetime_of_an_edition")]

    operations = [migrations.RunPython(copy, migrations.RunPython.noop)]
