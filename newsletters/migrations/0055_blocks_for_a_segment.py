from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0054_revisions_of_pages")]

    operations = [
        migrations.AddField(
            model_name="editionitem",
            name="only_segment",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="only readers in"),
        ),
    ]
