"""A mailing list can ask for a second person, whatever newsletter mails it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0014_forget_tokens_in_consent_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailinglist",
            name="needs_approval",
            field=models.BooleanField(default=False, verbose_name="require approval"),
        ),
    ]
