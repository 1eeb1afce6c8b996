"""The lowest and the highest ids of what a batch of an import made, by which one person's batch is found."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0028_imports_partly_undone"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="first_person",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="first_subscription",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="last_person",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="last_subscription",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="lines",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["last_person", "first_person"], name="batches_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["last_subscription", "first_subscription"], name="batches_of_a_subscription"),
        ),
    ]
