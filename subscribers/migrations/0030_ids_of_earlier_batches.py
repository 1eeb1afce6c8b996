"""Say it also of the batches of imports that were made before. From which row they brought somebody isn't known."""

from __future__ import annotations

from typing import Any

from django.db import migrations

AT_ONCE = 500
ENDS = ["first_person", "last_person", "first_subscription", "last_subscription"]


def note_ends(apps: Any, schema_editor: Any) -> None:
    batches = apps.get_model("subscribers", "ImportBatch").objects.using(schema_editor.connection.alias)
    after = 0
    while some := list(batches.filter(pk__gt=after).order_by("pk").only("people", "subscriptions")[:AT_ONCE]):
        for batch in some:
            batch.first_person, batch.last_person = ends(batch.people)
            batch.first_subscription, batch.last_subscription = ends(batch.subscriptions)
        batches.bulk_update(some, ENDS)
        after = some[-1].pk


def ends(pairs: list[list[int]]) -> tuple[int | None, int | None]:
    if not pairs:
        return None, None
    return min(first for first, _last in pairs), max(last for _first, last in pairs)


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0029_find_the_batch_of_a_person")]

    operations = [migrations.RunPython(note_ends, migrations.RunPython.noop)]
