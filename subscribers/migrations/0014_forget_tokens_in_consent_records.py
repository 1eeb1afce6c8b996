"""Consent records held the whole address of a mailed link, and so its token. Where consent was given stays."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    """A statement for each page: an installation may have millions of records."""
    records = apps.get_model("subscribers", "ConsentRecord").objects
    for page in ("/confirm/", "/unsubscribe/", "/preferences/"):
        records.filter(page__startswith=page).exclude(page=page).update(page=f"{page}…/")


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0013_requests_of_forms")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
