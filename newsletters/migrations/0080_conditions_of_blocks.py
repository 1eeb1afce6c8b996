from django.db import migrations, models

from newsletters.migrations._narrowed_drafts import keep_conditions_of_blocks


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0079_dates_that_are_skipped_or_moved")]

    operations = [
        migrations.AddField(
            model_name="editionitem",
            name="only_field",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=80, verbose_name="only readers whose"
            ),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="only_value",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="is"),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="is_for_others",
            field=models.BooleanField(db_default=False, default=False, verbose_name="for everybody else"),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_conditions_of_blocks),
    ]
