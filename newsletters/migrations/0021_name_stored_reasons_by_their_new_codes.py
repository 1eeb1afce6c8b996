"""Reasons in the ledger that were given new codes: rows that are there get them too."""

from __future__ import annotations

from typing import Any

from django.db import migrations

NEW_CODES = {"paced": "throttled", "said_by_person": "set_by_staff"}


def rename(codes: dict[str, str], apps: Any) -> None:
    deliveries = apps.get_model("newsletters", "Delivery").objects
    for old, new in codes.items():
        deliveries.filter(reason=old).update(reason=new)


def forwards(apps: Any, schema_editor: Any) -> None:
    rename(NEW_CODES, apps)


def backwards(apps: Any, schema_editor: Any) -> None:
    rename({new: old for old, new in NEW_CODES.items()}, apps)


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0020_who_says_that_a_second_person_is_needed")]

    operations = [migrations.RunPython(forwards, backwards)]
