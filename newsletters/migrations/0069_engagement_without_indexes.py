from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0068_api_tokens"),
    ]

    operations = [
        migrations.AlterField(
            model_name="engagement",
            name="clicked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="engagement",
            name="opened_at",
            field=models.DateTimeField(null=True),
        ),
    ]
