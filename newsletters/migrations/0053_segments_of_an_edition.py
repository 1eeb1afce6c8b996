"""Segments that narrow the audience of an edition."""

from django.db import migrations, models

from newsletters.migrations._narrowed_drafts import keep_audiences


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0052_digests"),
    ]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="exclude_segments",
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="edition",
            name="include_segments",
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_audiences),
    ]
