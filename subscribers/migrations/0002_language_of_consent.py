from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="consentrecord",
            name="language",
            field=models.CharField(blank=True, db_default="", max_length=10, verbose_name="language of the words"),
        ),
    ]
