"""Every row of the outbox becomes a message of the mail floor: with its number, from which its Message-ID is made, and
with the address that it goes to. What waits is sent from there. Who might look at the outbox may look at messages."""

from __future__ import annotations

from typing import Any

from django.db import migrations

OLD = ("subscribers", "view_outboxmail", "Can view outgoing mail")
NEW = ("mail", "view_message", "Can view message")
COLUMNS = "id, kind, subscriber_id, context, state, due_at, attempts, reply, created_at, sent_at"


def _columns(table: str) -> str:
    return ", ".join(f"{table}.{column.strip()}" for column in COLUMNS.split(","))


def forwards(apps: Any, schema_editor: Any) -> None:
    # One statement, since an installation may have millions. Names of our own tables and columns.
    schema_editor.execute(
        f"INSERT INTO mail_message ({COLUMNS}, address) SELECT {_columns('o')}, s.email"  # noqa: S608
        " FROM subscribers_outboxmail o JOIN subscribers_subscriber s ON s.id = o.subscriber_id"
    )
    _begin_numbers_behind_the_last("mail_message", schema_editor)
    _rename_permission(OLD, NEW, apps)


def backwards(apps: Any, schema_editor: Any) -> None:
    """Messages to staff have no place there."""
    schema_editor.execute(
        f"INSERT INTO subscribers_outboxmail ({COLUMNS}) SELECT {_columns('m')}"  # noqa: S608
        " FROM mail_message m JOIN subscribers_subscriber s ON s.id = m.subscriber_id"
        " WHERE m.kind IN ('confirmation', 'reminder', 'welcome', 'preferences_link')"
    )
    schema_editor.execute("DELETE FROM mail_message")
    _begin_numbers_behind_the_last("subscribers_outboxmail", schema_editor)
    _rename_permission(NEW, OLD, apps)


def _begin_numbers_behind_the_last(table: str, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"  # noqa: S608
        )


def _rename_permission(old: tuple[str, str, str], new: tuple[str, str, str], apps: Any) -> None:
    """People and groups keep it, also where a `migrate` of another app made the new one already."""
    permissions = apps.get_model("auth", "Permission").objects
    app, code, name = new
    held = permissions.filter(content_type__app_label=old[0], codename=old[1]).first()
    made = permissions.filter(content_type__app_label=app, codename=code).first()
    if held is None:
        return
    if made is not None:
        made.group_set.add(*held.group_set.all())
        made.user_set.add(*held.user_set.all())
        held.delete()
        return
    types = apps.get_model("contenttypes", "ContentType").objects
    held.content_type, _made = types.get_or_create(app_label=app, model=code.removeprefix("view_"))
    held.codename, held.name = code, name
    held.save()


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0007_indexes_for_searches"),
        ("mail", "0001_messages"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
