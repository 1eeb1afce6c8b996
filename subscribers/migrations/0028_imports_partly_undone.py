"""A state of its own for an import of which only a part was undone: it was called imported, or unreadable."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0027_address_since")]

    operations = [
        migrations.AlterField(
            "import",
            "state",
            models.CharField(
                choices=[
                    ("uploaded", "uploaded"),
                    ("checking", "being checked"),
                    ("checked", "checked"),
                    ("running", "importing"),
                    ("stopped", "stopped"),
                    ("done", "imported"),
                    ("failed", "can't be read"),
                    ("undoing", "being undone"),
                    ("undone", "undone"),
                    ("partly", "partly undone"),
                ],
                default="uploaded",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
