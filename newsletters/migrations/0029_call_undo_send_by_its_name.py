"""The time in which a press of Send can be undone is called by the button."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0028_copy_lifetimes_out_of_snapshots")]

    operations = [
        migrations.RenameField("newsletter", "call_back_seconds", "undo_send_seconds"),
        migrations.AlterField(
            "newsletter",
            "undo_send_seconds",
            models.PositiveSmallIntegerField(
                default=60,
                help_text="How long we wait after Send before the first mail leaves. 0 sends at once.",
                validators=[django.core.validators.MaxValueValidator(3600)],
                verbose_name="seconds to undo Send",
            ),
        ),
    ]
