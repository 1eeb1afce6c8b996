"""The ledger's rows go unchecked (decision 56). On PostgreSQL a moment's lock; on SQLite the tables are copied. Backwards,
PostgreSQL checks every row under lock, which takes minutes for a large ledger."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0055_blocks_for_a_segment"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attempt",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="newsletters.edition",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="chunk",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="newsletters.chunk",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="newsletters.edition",
            ),
        ),
    ]
