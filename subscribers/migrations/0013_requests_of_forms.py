"""What came in by a public form waits for a worker; a consent record says when it was asked for."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0012_wire_form_of_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("subscribe", "sign-up"), ("link", "link to the preferences")], max_length=10
                    ),
                ),
                ("email", models.CharField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("lists", models.JSONField(default=list)),
                ("topics", models.JSONField(default=list)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("page", models.CharField(blank=True, max_length=500)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when"),
        ),
    ]
