"""Who might change paces may change rate limits: the permissions that people and groups have get their new names."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def rename(old: str, new: str, apps: Any) -> None:
    """By code and sentence: “add_pace”, “Can add pace”. Whatever stands under the new code already stays."""
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="newsletters")
    for action in ("add", "change", "delete", "view"):
        code = f"{action}_{new.replace(' ', '')}"
        if not permissions.filter(codename=code).exists():
            permissions.filter(codename=f"{action}_{old.replace(' ', '')}").update(
                codename=code, name=f"Can {action} {new}"
            )


def forwards(apps: Any, schema_editor: Any) -> None:
    rename("pace", "rate limit", apps)


def backwards(apps: Any, schema_editor: Any) -> None:
    rename("rate limit", "pace", apps)


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0025_rename_pace_to_rate_limit"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
