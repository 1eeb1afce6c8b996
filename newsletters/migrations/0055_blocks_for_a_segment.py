from django.db import migrations, models

from newsletters.migrations._narrowed_drafts import keep_blocks_for_segments


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0054_revisions_of_pages")]

    operations = [
        migrations.AddField(
            model_name="editionitem",
            name="only_segment",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="only readers in"),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_blocks_for_segments),
    ]
