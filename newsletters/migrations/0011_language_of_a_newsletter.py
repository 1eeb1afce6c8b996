from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0010_a_key_once_an_edition"),
    ]

    operations = [
        migrations.AddField(
            model_name="newsletter",
            name="language",
            field=models.CharField(blank=True, db_default="", max_length=10, verbose_name="language"),
        ),
    ]
