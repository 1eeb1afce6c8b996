"""The mailbox behind an address: its many spellings share one limit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0003_rates_of_routes"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="mailbox",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=254),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["mailbox", "kind", "created_at"], name="messages_to_a_mailbox"),
        ),
    ]
