"""A row for each change that the public site shows. What writes them, triggers, is installed after every migrate."""

from __future__ import annotations

from django.db import migrations, models

from newsletters.migrations._site_triggers import drop_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0032_plain_words_for_undo_and_email_service"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]
