"""Who might change paces may change rate limits: the permissions that people and groups have get their new names."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def rename(old: str, new: str, apps: Any) -> None:
    """By code and sentence: “add_pace”, “Can add pace”. Who has the old one has the new one, also where it exists."""
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="newsletters")
    for action in ("add", "change", "delete", "view"):
        code = f"{action}_{new.replace(' ', '')}"
        held = permissions.filter(codename=f"{action}_{old.replace(' ', '')}").first()
        made = permissions.filter(codename=code).first()
        if held is not None and made is not None:
            made.group_set.add(*held.group_set.all())
            made.user_set.add(*held.user_set.all())
            held.delete()
        elif held is not None:
            held.codename, held.name = code, f"Can {action} {new}"
            held.save()


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
