"""Part of the migrations, which must always do the same: what is for some readers alone must not become for everybody.

Without these columns, what an editor meant for the readers in a segment would go out to the whole list. So going back
is refused while an edition that may yet be sent has any of it.
"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.db.models import Q

_NAMED = 5
_OVER = ("sent", "cancelled")


def keep_blocks_for_segments(apps: Any, schema_editor: Any) -> None:
    """Raises `CommandError`."""
    _refuse(apps, schema_editor, Q(items__only_segment__isnull=False), "blocks that only the readers in a segment see")


def keep_conditions_of_blocks(apps: Any, schema_editor: Any) -> None:
    """Raises `CommandError`."""
    conditional = ~Q(items__only_field="") | Q(items__is_for_others=True)
    _refuse(
        apps, schema_editor, conditional & Q(items__isnull=False), "blocks that only some readers see", "conditions"
    )


def keep_audiences(apps: Any, schema_editor: Any) -> None:
    """Raises `CommandError`."""
    narrowed = ~Q(include_segments=[]) | ~Q(exclude_segments=[])
    _refuse(apps, schema_editor, narrowed, "an audience of segments")


def _refuse(apps: Any, schema_editor: Any, narrowed: Q, what: str, before: str = "segments") -> None:
    editions = apps.get_model("newsletters", "Edition").objects.using(schema_editor.connection.alias)
    found = editions.filter(narrowed).exclude(status__in=_OVER).order_by("pk").values_list("pk", flat=True).distinct()
    numbers = list(found[: _NAMED + 1])
    if not numbers:
        return
    named = ", ".join(map(str, numbers[:_NAMED])) + (" and others" if len(numbers) > _NAMED else "")
    raise CommandError(
        f"The database can't go back to before {before}: of the editions that aren't sent yet, some have {what} "
        f"(edition ID {named}). Everybody on the list would get them. Remove that from these editions, or cancel or "
        "delete them, and try again. Nothing has been changed by this step."
    )
