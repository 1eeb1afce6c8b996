"""Of two drafts that one page began at the same moment, the first keeps the page: both stay, as articles of their own."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef


def let_go(apps: Any, schema_editor: Any) -> None:
    revisions = apps.get_model("newsletters", "ArticleRevision").objects.using(schema_editor.connection.alias)
    first = revisions.filter(number=1).exclude(window="")
    earlier = first.filter(window=OuterRef("window"), pk__lt=OuterRef("pk"))
    again = list(first.filter(Exists(earlier)).values_list("pk", flat=True))
    revisions.filter(pk__in=again).update(window="")


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0049_texts_of_lists")]
    operations = [migrations.RunPython(let_go, migrations.RunPython.noop)]
