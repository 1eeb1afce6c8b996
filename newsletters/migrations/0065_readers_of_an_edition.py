import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0064_editions_say_what_is_counted"),
    ]

    operations = [
        migrations.AlterField(
            model_name="readercount",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reader_counts",
                to="newsletters.edition",
            ),
        ),
        migrations.AddIndex(
            model_name="readercount",
            index=models.Index(fields=["edition", "kind", "rule", "subscriber_id"], name="readers_of_an_edition"),
        ),
    ]
