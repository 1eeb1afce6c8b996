from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0026_no_index_within_another"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="address_since",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="address changed"),
        ),
    ]
