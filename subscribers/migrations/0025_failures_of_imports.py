"""How often in a row an import failed in a way that nobody foresaw, so that it isn't tried without end."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0024_changes_of_many_people")]

    operations = [
        migrations.AddField("import", "failures", models.PositiveSmallIntegerField(default=0, db_default=0)),
    ]
