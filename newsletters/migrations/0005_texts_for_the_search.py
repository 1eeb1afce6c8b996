"""What the search looks through, and its index: a tsvector on PostgreSQL, an FTS5 table with triggers on SQLite."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from newsletters.migrations._search_index import make, unmake


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0004_inspections_and_overrides")]

    operations = [
        migrations.CreateModel(
            name="ArticleText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
                ("summary", models.TextField()),
                ("authors", models.TextField()),
                ("body", models.TextField()),
                ("folded", models.TextField()),
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="text", to="newsletters.article"
                    ),
                ),
            ],
        ),
        migrations.RunPython(make, unmake),
    ]
